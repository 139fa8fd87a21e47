"""A job that begins and goes on until it is killed; run it with DAGSTER_HOME set."""

import time
from pathlib import Path

import dagster as dg


@dg.op(config_schema={"begun": str})
def goes_on(context: dg.OpExecutionContext) -> None:
    """Say that it has begun, and go on."""
    Path(context.op_config["begun"]).touch()
    time.sleep(600)


@dg.job(executor_def=dg.in_process_executor)
def endless() -> None:
    """Goes on."""
    goes_on()


def run(begun: str, key: str) -> None:
    """Run it for a snapshot."""
    with dg.DagsterInstance.get() as instance:
        dg.execute_job(
            dg.reconstructable(endless),
            instance,
            run_config={"ops": {"goes_on": {"config": {"begun": begun}}}},
            tags={"dagster/partition": key},
        )
