"""ONNX Runtime. No other module imports it: here its telemetry is disabled before anything runs.

Official wheels from 1.29 on send telemetry unless they are told not to; ``pyproject.toml`` stays below that.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from trainer.errors import ModelFileError


def version() -> str:
    """Of the library."""
    import onnxruntime

    return str(onnxruntime.__version__)


class Session:
    """A graph of one input on the CPU.

    Args:
        graph: An ONNX file.
        threads: For one run, 1 or more.

    Raises:
        ModelFileError: The file is absent, damaged or of a newer version.
    """

    def __init__(self, graph: Path, threads: int = 1) -> None:
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # Threads that spin between runs take the cores from the decoders.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        try:
            # From bytes: the path may have letters that the library cannot open.
            self._session = onnxruntime.InferenceSession(
                graph.read_bytes(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no common base class
            raise ModelFileError("graph_unusable", repr(error), name=graph.name) from error
        (self._input,) = self._session.get_inputs()
        self._outputs = [output.name for output in self._session.get_outputs()]

    @property
    def input_shape(self) -> tuple[object, ...]:
        """Sizes; the first, of the batch, is a name."""
        return tuple(self._input.shape)

    @property
    def metadata(self) -> Mapping[str, str]:
        """Texts that the exporter stored in the file."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, batch: np.ndarray) -> dict[str, np.ndarray]:
        """The outputs for a batch, by name."""
        answers = self._session.run(self._outputs, {self._input.name: batch})
        return {name: np.asarray(answer) for name, answer in zip(self._outputs, answers, strict=True)}
