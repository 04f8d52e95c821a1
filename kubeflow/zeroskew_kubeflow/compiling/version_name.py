"""The name of a pipeline's version: what it was compiled from, and a digest of what came out."""

import hashlib
import subprocess
from pathlib import Path

from zeroskew_kubeflow.compiling.package import Package


def version_name(package: Package, environment: str, project: Path) -> str:
    """Returns a name such as ``1f3e5a7b2c4d-prod-90aa31c2``.

    Commit and environment tell a person where it comes from. They do not settle what was compiled:
    options, variables and changes that are not committed do too. So the digest makes the name the
    same if, and only if, the pipeline is the same.

    Args:
        package: the compiled pipeline.
        environment: name of its environment.
        project: a folder of the repository.
    """
    digest = hashlib.sha256(package.to_yaml().encode()).hexdigest()[:8]
    return f"{_commit(project)}-{environment}-{digest}"


def _commit(project: Path) -> str:
    """Returns the commit that is checked out; ``-dirty`` if files of it were changed since."""
    describe = ("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")
    try:
        done = subprocess.run(describe, cwd=project, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "uncommitted"
    return done.stdout.strip()
