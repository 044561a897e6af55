"""The applications of a step on the YARN of one node, by its resource manager's web services.

Source: https://hadoop.apache.org/docs/stable/hadoop-yarn/hadoop-yarn-site/ResourceManagerRest.html
"""

import getpass
import json
from base64 import b64encode
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

_WEB_USER = "standin"
_LIVE = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"


def authorization(web_secret: str) -> dict[str, str]:
    """The header that opens the web servers of the YARN of one node; the partner is `WebDoor.java`."""
    return {"Authorization": f"Basic {b64encode(f'{_WEB_USER}:{web_secret}'.encode()).decode()}"}


class Applications:
    """The resource manager's list.

    Args:
        web_address: host and port of the resource manager.
        conf_dir: the client's configuration.
        base_dir: where the node manager keeps its files.
        web_secret: the password of the resource manager's web server.
    """

    def __init__(self, web_address: str, conf_dir: Path, base_dir: Path, web_secret: str) -> None:
        self.conf_dir = conf_dir
        self.base_dir = base_dir
        self._url = f"http://{web_address}/ws/v1/cluster/apps"
        self._opener = build_opener(ProxyHandler({}))
        self._opener.addheaders = list(authorization(web_secret).items())

    def of_step(self, step_id: str, *, live: bool = False) -> list[str]:
        """The ids of what a step submitted; `live`: only what has not ended."""
        query = {"applicationTags": f"emr-step-{step_id.lower()}", **({"states": _LIVE} if live else {})}
        found = self._call(Request(f"{self._url}?{urlencode(query)}", headers={"Accept": "application/json"}))
        return [application["id"] for application in (found.get("apps") or {}).get("app") or []]

    def kill(self, application_id: str) -> None:
        """End an application."""
        body = json.dumps({"state": "KILLED"}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        url = f"{self._url}/{application_id}/state?{urlencode({'user.name': getpass.getuser()})}"
        self._call(Request(url, data=body, headers=headers, method="PUT"))

    def _call(self, request: Request) -> dict[str, dict[str, list[dict[str, str]]]]:
        try:
            with self._opener.open(request, timeout=30) as answer:
                found: dict[str, dict[str, list[dict[str, str]]]] = json.load(answer)
                return found
        except (URLError, OSError, ValueError):
            return {}  # It is ending, and every application with it.
