"""Paths of moderation under /api/v1/, without trailing slashes, as the wire contract writes them."""

from django.urls import path

from moderation.api import reports, sanctions

urlpatterns = [
    path("reports", reports.ReportView.as_view()),
    path("users/me/reports", reports.OwnReportListView.as_view()),
    path("users/me/sanctions", sanctions.OwnSanctionListView.as_view()),
    path("sanctions/<str:sanction_id>/appeal", sanctions.AppealView.as_view()),
]
