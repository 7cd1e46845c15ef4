"""Who did what, when, to whom, why and from where: written once, never changed."""

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from core import clock


class AppendOnly(TypeError):
    """An attempt to change or delete what is only ever added to."""


class AppendOnlyQuerySet(models.QuerySet["AuditEntry"]):
    """Reads and adds. (A trigger in the database refuses what goes around it.)"""

    def _refuse(self, *_args: Any, **_options: Any) -> NoReturn:
        raise AppendOnly("The audit is only ever added to.")

    update = delete = bulk_update = update_or_create = _refuse
    _raw_delete = _refuse


class AuditEntry(models.Model):
    """One act of the staff, or one look at what people wrote in private.

    Names nobody: ids alone, looked up when they are shown, so that an erased account is erased here too. `actor_id` is
    None for what the program does by itself.
    """

    at = models.DateTimeField(_("time"), default=clock.now, db_index=True)
    actor_id = models.BigIntegerField(_("who"), null=True)
    action = models.CharField(_("what"), max_length=64)
    target_kind = models.CharField(_("kind of target"), max_length=64)
    target_id = models.CharField(_("target"), max_length=64)
    why = models.TextField(_("why"), blank=True)
    details = models.JSONField(_("details"), default=dict)
    address = models.GenericIPAddressField(_("from where"), null=True)

    objects: ClassVar[models.Manager["AuditEntry"]] = models.Manager.from_queryset(AppendOnlyQuerySet)()

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")
        base_manager_name = "objects"
        indexes: ClassVar = [
            models.Index(fields=["actor_id", "id"], name="audit_actor"),
            models.Index(fields=["target_kind", "target_id", "id"], name="audit_target"),
            models.Index(fields=["action", "id"], name="audit_action"),
        ]
        permissions: ClassVar = [("export_auditentry", "Can export the audit")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind} {self.target_id}"

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly("The audit is only ever added to.")
        super().save(*args, **options)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        raise AppendOnly("The audit is only ever added to.")
