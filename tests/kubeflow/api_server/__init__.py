"""A stand-in for the API server of Kubeflow Pipelines: real HTTP, answers from memory.

It holds what it is asked, and what it answers, against kfp's published OpenAPI description, as it
was generated into the installed package `kfp_server_api`: of another version, it is another server.
"""

from api_server.server import ApiServer, Fault
from api_server.service import Service

__all__ = ["ApiServer", "Fault", "Service"]
