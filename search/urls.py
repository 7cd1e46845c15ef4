"""Paths of search under /api/v1/."""

from django.urls import path

from search.api import files, messages, names

urlpatterns = [
    path("search/messages", messages.MessageSearchView.as_view()),
    path("search/users", names.UserSearchView.as_view()),
    path("search/groups", names.GroupSearchView.as_view()),
    path("search/files", files.FileSearchView.as_view()),
]
