"""What other packages register and the staff does not see here: recovery codes, if only their marks."""

from django.contrib import admin
from django_otp.plugins.otp_static.models import StaticDevice

admin.site.unregister(StaticDevice)
