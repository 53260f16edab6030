"""Requests to a Kubernetes API server, many at a time: kubectl starts a process for each, which a thousand are too many for."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

Object = dict[str, Any]
PIPELINES = "/apis/stt.june.dev/v1alpha1"
ANSWER_SECONDS = 60
MERGE_PATCH = "application/merge-patch+json"


class ApiError(RuntimeError):
    """The API server refuses, with its sentence and its status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


class Api:
    """Shows a token to a server on loopback, whose certificate is one that it made for itself. Any thread; each has a connection."""

    def __init__(self, server: str, token: str) -> None:
        at = urlsplit(server)
        self._address = (at.hostname or "", at.port or 443)
        self._headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        self._tls = ssl.create_default_context()
        self._tls.check_hostname = False
        self._tls.verify_mode = ssl.CERT_NONE
        self._local = threading.local()

    def get(self, path: str) -> Object:
        return self._call("GET", path)

    def find(self, path: str) -> Object | None:
        """None if there is no such thing."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def create(self, path: str, document: Object) -> Object:
        return self._call("POST", path, document)

    def create_if_absent(self, path: str, document: Object) -> None:
        try:
            self.create(path, document)
        except ApiError as error:
            if error.status != 409:
                raise

    def merge(self, path: str, change: Object) -> Object:
        return self._call("PATCH", path, change, MERGE_PATCH)

    def delete(self, path: str) -> Object:
        return self._call("DELETE", path)

    def watch(self, path: str, version: str) -> Iterator[Object]:
        """What happens from a version of the list on, until the server or `Watch.close` ends it."""
        separator = "&" if "?" in path else "?"
        connection = self._connection()
        try:
            connection.request("GET", f"{path}{separator}watch=true&allowWatchBookmarks=true&resourceVersion={version}", headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise ApiError(answer.status, answer.read(1000).decode(errors="replace"))
            while line := answer.readline():
                yield json.loads(line)
        finally:
            connection.close()

    def _call(self, verb: str, path: str, document: Object | None = None, content: str = "application/json") -> Object:
        body = None if document is None else json.dumps(document)
        for attempt in (1, 2):
            fresh = getattr(self._local, "connection", None) is None
            if fresh:
                self._local.connection = self._connection()
            try:
                self._local.connection.request(verb, path, body, {**self._headers, "Content-Type": content})
                answer = self._local.connection.getresponse()
                text = answer.read()
                break
            except (OSError, http.client.HTTPException):
                self._local.connection.close()
                self._local.connection = None
                if fresh or attempt == 2:  # otherwise it was one that the server had closed meanwhile
                    raise
        if answer.status >= 300:
            try:
                message = json.loads(text).get("message", "")
            except ValueError:
                message = text[:1000].decode(errors="replace")
            raise ApiError(answer.status, message)
        return json.loads(text)

    def _connection(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection(*self._address, timeout=ANSWER_SECONDS, context=self._tls)


def pipelines(namespace: str = "", name: str = "") -> str:
    inside = f"/namespaces/{namespace}" if namespace else ""
    return f"{PIPELINES}{inside}/sttpipelines" + (f"/{name}" if name else "")


def deployments(namespace: str, name: str) -> str:
    return f"/apis/apps/v1/namespaces/{namespace}/deployments/{name}"


def pods(namespace: str, pipeline: str) -> str:
    return f"/api/v1/namespaces/{namespace}/pods?labelSelector=stt.june.dev%2Fpipeline%3D{pipeline}"


def condition(pipeline: Object, kind: str) -> Object:
    """A condition of a pipeline; empty if it has none of that type."""
    found = (pipeline.get("status") or {}).get("conditions") or []
    return next((each for each in found if each["type"] == kind), {})
