"""Paths of AI under /api/v1/."""

from django.urls import path

from ai_agent.api import digests

urlpatterns = [
    path("conversations/<str:conversation>/summary", digests.SummaryView.as_view()),
    path("users/me/brief", digests.BriefView.as_view()),
    path("users/me/ai-ledger", digests.LedgerView.as_view()),
]
