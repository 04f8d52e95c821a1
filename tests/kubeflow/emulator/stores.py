"""Stores with nothing but objects: a key and its bytes. There is no folder and no rename."""

import sqlite3
from collections.abc import Iterator
from typing import Any, Protocol

import boto3


class Store(Protocol):
    """What driver and launcher ask of a bucket; keys begin with the bucket's name."""

    def put(self, key: str, content: bytes) -> None: ...

    def get(self, key: str) -> bytes: ...

    def keys(self, prefix: str) -> Iterator[str]: ...


class FileStore:
    """Objects in one SQLite file, or in memory, so that no key is a folder of another."""

    def __init__(self, file: str) -> None:
        self._objects = sqlite3.connect(file)
        self._objects.execute("CREATE TABLE object (key TEXT PRIMARY KEY, content BLOB)")

    def put(self, key: str, content: bytes) -> None:
        with self._objects:
            self._objects.execute("REPLACE INTO object VALUES (?, ?)", (key, content))

    def get(self, key: str) -> bytes:
        query = "SELECT content FROM object WHERE key = ?"
        ((content,),) = self._objects.execute(query, (key,))
        return bytes(content)

    def keys(self, prefix: str) -> Iterator[str]:
        query = "SELECT key FROM object WHERE substr(key, 1, ?) = ? ORDER BY key"
        return (key for (key,) in self._objects.execute(query, (len(prefix), prefix)).fetchall())


class S3Store:
    """Objects on a server that speaks S3, through boto3."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str) -> None:
        self._client: Any = boto3.client(
            "s3",
            endpoint_url=endpoint,
            region_name="us-east-1",
            aws_access_key_id=access_key,
            aws_secret_access_key=secret_key,
        )

    def put(self, key: str, content: bytes) -> None:
        bucket, _, name = key.partition("/")
        self._client.put_object(Bucket=bucket, Key=name, Body=content)

    def get(self, key: str) -> bytes:
        bucket, _, name = key.partition("/")
        content: bytes = self._client.get_object(Bucket=bucket, Key=name)["Body"].read()
        return content

    def keys(self, prefix: str) -> Iterator[str]:
        bucket, _, name = prefix.partition("/")
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=name)
        for page in pages:
            for entry in page.get("Contents", []):
                yield f"{bucket}/{entry['Key']}"
