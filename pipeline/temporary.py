"""One folder for the temporary files of all libraries, which is gone when a run ends.

Beam, TFDV and TensorFlow leave folders and files in the system's own: `beam-temp*` of Beam's job
server, `__autograph_generated_file*` and others without a name.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator


@contextlib.contextmanager
def own_temporary_folder() -> Iterator[None]:
    """Lets this process and its children put temporary files into a folder of their own.

    It lies where `TMPDIR` says and not in the output folder: sockets are made there, whose paths
    may not be long, and output folders may lie on slow disks.
    """
    # What is still held by a process that ends later must not fail a run.
    with tempfile.TemporaryDirectory(prefix="zeroskew-", ignore_cleanup_errors=True) as folder:
        before, named = tempfile.tempdir, os.environ.get("TMPDIR")
        tempfile.tempdir = os.environ["TMPDIR"] = folder
        try:
            yield
        finally:
            tempfile.tempdir = before
            if named is None:
                del os.environ["TMPDIR"]
            else:
                os.environ["TMPDIR"] = named
