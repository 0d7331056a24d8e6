"""Files that a form brings stay in memory and within bounds: a customer's papers never lie about in a temporary folder."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from holdshort.core.attachments import LARGEST


class BoundedUploads(FileUploadHandler):
    """
    Takes the files of one request, `LARGEST` bytes in all.

    A file beyond that comes to the view with its true size and without its content, so that the view can say so.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self._taken = 0

    def new_file(self, *args: Any, **named: Any) -> None:
        super().new_file(*args, **named)
        self._file = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._taken += len(raw_data)
        if self._taken <= LARGEST:
            self._file.write(raw_data)
        else:
            self._file.truncate(0)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._file.seek(0)
        return InMemoryUploadedFile(
            self._file,
            self.field_name,
            self.file_name or "",
            self.content_type or "",
            file_size,
            self.charset,
        )
