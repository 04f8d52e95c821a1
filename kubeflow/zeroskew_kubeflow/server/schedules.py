"""A recurring run, replaced so that the old and the new one never start the same run."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from zeroskew.errors import ZeroskewError
from zeroskew_kubeflow.environment import Environment
from zeroskew_kubeflow.server.runs import FINAL_STATES
from zeroskew_kubeflow.server.submission import named, none_of

if TYPE_CHECKING:
    from zeroskew_kubeflow.server.transport import KfpClient

_PAGE = 100


@dataclasses.dataclass(frozen=True)
class Scheduled:
    """A recurring run on the server.

    Attributes:
        recurring_run_id: its id.
        url: its page.
        replaced: ids of those before it, which are deleted ...
        disabled: ... and of those that are only disabled, as they have a run that goes on.
        warning: what the server may not do as it was told.
    """

    recurring_run_id: str
    url: str
    replaced: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()
    warning: str | None = None


class Schedules:
    """The recurring runs of an experiment."""

    def __init__(
        self, kfp_client: "KfpClient", environment: Environment, experiment_id: str
    ) -> None:
        self._kfp = kfp_client
        self._environment = environment
        self._experiment_id = experiment_id

    def replace(
        self,
        name: str,
        pipeline_id: str,
        version_id: str,
        parameters: Mapping[str, Any],
        page: str,
    ) -> Scheduled:
        """Makes a recurring run, and removes all others of its name.

        The server cannot change one, nor swap two at once. So the new one is made disabled, the
        old ones are disabled, the new one is enabled, the old ones are deleted. Two are never
        enabled; and a moment that comes while none is, the new one makes up for: the server
        counts from when it was made. Killed anywhere, it is simply done again.

        Args:
            name: of the recurring run.
            pipeline_id: of the pipeline.
            version_id: of its version.
            parameters: of each run.
            page: URL of recurring runs.
        """
        old = list(self._list(name))
        new = self._create(name, pipeline_id, version_id, parameters, enabled=not old)
        running = [one for one in old if one.mode == "ENABLE"]
        try:
            for one in running:
                self._kfp.disable_recurring_run(one.recurring_run_id)
            if old:
                self._kfp.enable_recurring_run(new)
        except ZeroskewError:
            self._undo(new, [one.recurring_run_id for one in running])
            raise
        busy = self._busy() if old else set()
        replaced = [one.recurring_run_id for one in old if one.recurring_run_id not in busy]
        for recurring_run_id in replaced:
            self._kfp.delete_recurring_run(recurring_run_id)
        kept = tuple(one.recurring_run_id for one in old if one.recurring_run_id in busy)
        return Scheduled(new, f"{page}/{new}", tuple(replaced), kept)

    def _create(
        self,
        name: str,
        pipeline_id: str,
        version_id: str,
        parameters: Mapping[str, Any],
        enabled: bool,
    ) -> str:
        schedule = self._environment.schedule
        made = self._kfp.create_recurring_run(
            self._experiment_id,
            name,
            cron_expression=schedule.cron,
            # The API writes 64-bit numbers as text.
            max_concurrency=str(schedule.max_concurrency),
            no_catchup=not schedule.catchup,
            params=dict(parameters),
            pipeline_id=pipeline_id,
            version_id=version_id,
            enabled=enabled,
            pipeline_root=self._environment.pipeline_root,
            service_account=self._environment.server.service_account,
        )
        return str(made.recurring_run_id)

    def _undo(self, new: str, running: list[str]) -> None:
        """Tries to bring back what was; the error that led here says what went wrong."""
        for step, ids in (
            (self._kfp.delete_recurring_run, [new]),
            (self._kfp.enable_recurring_run, running),
        ):
            for recurring_run_id in ids:
                try:
                    step(recurring_run_id)
                except ZeroskewError:
                    return

    def _list(self, name: str) -> Iterator[Any]:
        for answer in _pages(
            self._kfp.list_recurring_runs, experiment_id=self._experiment_id, filter=named(name)
        ):
            yield from answer.recurring_runs or []

    def _busy(self) -> set[str]:
        """Returns the recurring runs with a run that goes on; deleting them would end it."""
        answers = _pages(
            self._kfp.list_runs,
            sort_by="created_at desc",
            experiment_id=self._experiment_id,
            filter=none_of("state", sorted(FINAL_STATES)),
        )
        runs = (run for answer in answers for run in answer.runs or [])
        return {run.recurring_run_id for run in runs if run.recurring_run_id}


def _pages(ask: Callable[..., Any], **query: Any) -> Iterator[Any]:
    """Yields the server's answers to a question, until there is no more of it."""
    token = ""
    while True:
        answer = ask(page_token=token, page_size=_PAGE, **query)
        yield answer
        token = answer.next_page_token or ""
        if not token:
            return
