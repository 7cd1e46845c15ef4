"""The site's own configuration of Django's admin."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "gochat_site.admin_site.StaffSite"
