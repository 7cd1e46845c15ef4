"""Messaging's paths under /api/v1/, without trailing slashes as the wire contract has them."""

from django.urls import path

from messaging.api import config, consent, conversations, log, members, pins

urlpatterns = [
    path("config", config.ConfigAPIView.as_view()),
    path("conversations", conversations.ConversationListView.as_view()),
    path("conversations/<str:conversation>", conversations.ConversationDetailView.as_view()),
    path("conversations/<str:conversation>/ai", consent.ConsentView.as_view()),
    path("conversations/<str:conversation>/messages", log.MessageListView.as_view()),
    path("conversations/<str:conversation>/messages/<str:message>/readers", members.ReaderListView.as_view()),
    path("conversations/<str:conversation>/events", log.EventListView.as_view()),
    path("conversations/<str:conversation>/members", members.MemberListView.as_view()),
    path("conversations/<str:conversation>/pins", pins.PinListView.as_view()),
    path("conversations/<str:conversation>/pins/<str:message>", pins.PinView.as_view()),
]
