"""Model fields whose behaviour must be the same on PostgreSQL and on MySQL/MariaDB."""

from typing import Any, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

Set_contra = TypeVar("Set_contra", contravariant=True)
Get_co = TypeVar("Get_co", covariant=True)


class BinaryCharField(models.CharField[Set_contra, Get_co]):
    """A CharField that compares byte by byte on every database.

    PostgreSQL does so anyway for equality; MySQL and MariaDB need the utf8mb4_bin collation, or two ids that differ in
    case, or two emoji, would be one value.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters
