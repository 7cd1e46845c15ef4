"""Paths of AI under /api/v1/."""

from django.urls import path

from ai_agent.api import agents, digests

urlpatterns = [
    path("agents", agents.AgentListView.as_view()),
    path("agents/<str:agent>/conversation", agents.AgentConversationView.as_view()),
    path("conversations/<str:conversation>/summary", digests.SummaryView.as_view()),
    path("users/me/brief", digests.BriefView.as_view()),
    path("users/me/ai-ledger", digests.LedgerView.as_view()),
]
