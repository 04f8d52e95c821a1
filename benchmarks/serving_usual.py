"""What people write to serve a model: FastAPI, and a handler that calls it.

Usage: `python -m benchmarks.serving_usual MODEL_FOLDER PORT`.
"""

import sys
from typing import Any

import tensorflow as tf
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Body(BaseModel):
    """The body of a request.

    Attributes:
        instances: rows.
    """

    instances: list[dict[str, Any]]


def application(folder: str) -> FastAPI:
    """Returns the application."""
    app = FastAPI()
    # The function is gone with the object that holds it.
    loaded = tf.saved_model.load(folder)
    model = loaded.signatures["serving_columns"]
    specs = model.structured_input_signature[1]

    @app.post("/predict")
    def predict(body: Body) -> dict[str, Any]:
        inputs = {
            name: tf.constant([row[name] for row in body.instances], spec.dtype)
            for name, spec in specs.items()
        }
        outputs = {name: values.numpy().tolist() for name, values in model(**inputs).items()}
        rows = range(len(body.instances))
        return {"predictions": [{name: outputs[name][row] for name in outputs} for row in rows]}

    app.state.model = loaded
    return app


if __name__ == "__main__":
    uvicorn.run(application(sys.argv[1]), port=int(sys.argv[2]), log_level="error")
