"""What the server answers where it does not do what it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Refusal(Exception):
    """HTTP status, and the message and code of an error as OpenAI's servers give it."""

    status: int
    message: str
    code: str

    def body(self) -> dict[str, Any]:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        return {"error": {"message": self.message, "code": self.code, "type": kind}}
