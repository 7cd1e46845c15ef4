"""Paths of files under /api/v1/."""

from django.urls import path

from files.api import avatars, reading, uploads

urlpatterns = [
    path("files", uploads.FileListView.as_view()),
    path("files/<str:file>", reading.FileDetailView.as_view()),
    path("files/<str:file>/parts", uploads.FilePartsView.as_view()),
    path("files/<str:file>/complete", uploads.FileCompleteView.as_view()),
    path("files/<str:file>/content", reading.FileContentView.as_view()),
    path("files/<str:file>/thumbnail", reading.FileThumbnailView.as_view()),
    path("files/<str:file>/url", reading.FileUrlView.as_view()),
    path("users/me/avatar", avatars.MyAvatarView.as_view()),
    path("avatars/<str:token>", avatars.AvatarView.as_view()),
]
