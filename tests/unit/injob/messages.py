"""Messages as dagster_pipes makes them."""

from typing import Any


def _message(method: str, params: dict[str, Any]) -> dict[str, Any]:
    return {"__dagster_pipes_version": "0.1", "method": method, "params": params}


OPENED = _message("opened", {"extras": {}})
CLOSED = _message("closed", {})


def log(text: str) -> dict[str, Any]:
    return _message("log", {"message": text, "level": "INFO"})


def report(payload: Any) -> dict[str, Any]:
    return _message("report_custom_message", {"payload": payload})


def materialization(asset_key: str) -> dict[str, Any]:
    return _message("report_asset_materialization", {"asset_key": asset_key, "data_version": None, "metadata": {}})
