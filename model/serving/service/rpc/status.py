"""ModelService: the state of versions."""

from typing import Any

from model.serving.service.refusals import Code, RefusedError
from model.serving.service.rpc.calls import Calls, Context
from model.serving.service.rpc.prediction import named
from model.serving.service.service import Service
from zeroskew.lazy import lazy_import

get_model_status_pb2 = lazy_import("tensorflow_serving.apis.get_model_status_pb2")


class ModelService:
    """Answers ModelService.

    Args:
        service: the model.
        calls: what is around each call.
    """

    def __init__(self, service: Service, calls: Calls) -> None:
        self._service = service
        self._calls = calls

    async def GetModelStatus(self, request: Any, context: Context) -> Any:  # noqa: N802
        """Answers the state of versions."""
        return await self._calls.answer("status", self._status, request, context)

    async def HandleReloadConfigRequest(self, request: Any, context: Context) -> Any:  # noqa: N802
        """Answers that it does not."""
        return await self._calls.answer("reload_config", _unimplemented, request, context)

    async def _status(self, request: Any) -> Any:
        response = get_model_status_pb2.GetModelStatusResponse()
        for version in self._service.versions.statuses(*named(request.model_spec)):
            status = response.model_version_status.add()
            status.version = version.number
            status.state = version.state.value
            if version.error is not None:
                status.status.error_code = version.error.code.number
                status.status.error_message = version.error.message
        return response


async def _unimplemented(request: Any) -> Any:
    del request
    raise RefusedError(Code.UNIMPLEMENTED, "the versions served are a matter of the settings")
