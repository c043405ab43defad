"""What finds the edits of one kind of node."""

from collections.abc import Callable
from typing import Any

from .edits import Edits

Handler = Callable[[Edits, Any], None]
