"""The server of gRPC, in the event loop of REST."""

from collections.abc import Sequence
from typing import Any

from model.serving.service.rpc.calls import Calls
from model.serving.service.rpc.prediction import PredictionService
from model.serving.service.rpc.status import ModelService
from model.serving.service.service import Service
from model.serving.service.settings import ServeSettings
from zeroskew.errors import SettingsError
from zeroskew.lazy import lazy_import

grpc = lazy_import("grpc")
aio = lazy_import("grpc.aio")
prediction_service_pb2_grpc = lazy_import("tensorflow_serving.apis.prediction_service_pb2_grpc")
model_service_pb2_grpc = lazy_import("tensorflow_serving.apis.model_service_pb2_grpc")

_MIB = 1 << 20


async def start(service: Service) -> tuple[Any, int]:
    """Starts the server.

    Returns:
        The `grpc.aio.Server`, and its port.

    Raises:
        SettingsError: the port is taken.
    """
    settings = service.settings
    server = aio.server(options=_options(settings))
    calls = Calls(service)
    prediction_service_pb2_grpc.add_PredictionServiceServicer_to_server(
        PredictionService(service, calls), server
    )
    model_service_pb2_grpc.add_ModelServiceServicer_to_server(ModelService(service, calls), server)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"{host}:{settings.grpc_port}"
    try:
        if settings.certificate is not None and settings.key is not None:
            pair = settings.key.read_bytes(), settings.certificate.read_bytes()
            port = server.add_secure_port(address, grpc.ssl_server_credentials([pair]))
        else:
            port = server.add_insecure_port(address)
    except RuntimeError as error:
        raise SettingsError(
            "the port of gRPC must be free",
            received=f"{address}: {error}",
            action="choose another with --grpc-port, or none with --set serve.grpc_port=null",
        ) from error
    await server.start()
    return server, port


def _options(settings: ServeSettings) -> Sequence[tuple[str, int]]:
    return (
        ("grpc.max_receive_message_length", settings.body_mib * _MIB),
        ("grpc.max_send_message_length", -1),
        # Else a second server would take every other client of the first.
        ("grpc.so_reuseport", 0),
    )
