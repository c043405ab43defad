"""The same shapes on other engines: a chain of tasks that do nothing and keep their result, and as many ready at once.

Usage: peers.py ENGINE CHAIN WIDTH; prints a line of JSON with seconds. Each runs as its own documentation has it for one machine.
"""

import json
import os
import sys
import tempfile
import time


def prefect(chain: int, width: int) -> dict:
    os.environ.update(
        PREFECT_LOGGING_LEVEL="CRITICAL",
        PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS="180",
        PREFECT_RESULTS_PERSIST_BY_DEFAULT="true",
    )
    from prefect import flow, task

    @task(persist_result=True)
    def nothing(before: int) -> int:
        return before + 1

    @flow
    def chained(length: int) -> int:
        last = 0
        for _ in range(length):
            last = nothing(last)
        return last

    @flow
    def wide(width: int) -> list:
        return nothing.map(range(width)).result()

    chained(2)
    return {"chain": timed(lambda: chained(chain)), "wide": timed(lambda: wide(width))}


def dagster(chain: int, width: int) -> dict:
    from dagster import DagsterInstance, fs_io_manager, graph, op

    @op
    def first() -> int:
        return 0

    @op
    def nothing(before: int) -> int:
        return before + 1

    @graph
    def chained():
        last = first()
        for number in range(chain):
            last = nothing.alias(f"link{number}")(last)

    @graph
    def wide():
        for number in range(width):
            first.alias(f"task{number}")()

    home = tempfile.mkdtemp()
    with DagsterInstance.local_temp(home) as instance:
        io = {"io_manager": fs_io_manager.configured({"base_dir": home})}
        jobs = {
            name: made.to_job(resource_defs=io)
            for name, made in (("chain", chained), ("wide", wide))
        }
        return {
            name: timed(lambda job=job: job.execute_in_process(instance=instance))
            for name, job in jobs.items()
        }


def luigi(chain: int, width: int) -> dict:
    import logging

    logging.disable(logging.CRITICAL)
    import luigi as engine

    home = tempfile.mkdtemp()

    class Link(engine.Task):
        number = engine.IntParameter()
        shape = engine.Parameter()

        def requires(self):
            return (
                [Link(self.number - 1, self.shape)]
                if self.shape == "chain" and self.number > 0
                else []
            )

        def output(self):
            return engine.LocalTarget(f"{home}/{self.shape}-{self.number}")

        def run(self):
            with self.output().open("w") as out:
                out.write(str(self.number))

    def build(tasks: list) -> None:
        assert engine.build(
            tasks, local_scheduler=True, workers=1, log_level="CRITICAL"
        )

    return {
        "chain": timed(lambda: build([Link(chain - 1, "chain")])),
        "wide": timed(lambda: build([Link(number, "wide") for number in range(width)])),
    }


def timed(work) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    name, chain, width = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    print(
        json.dumps(
            {"prefect": prefect, "dagster": dagster, "luigi": luigi}[name](chain, width)
        )
    )
