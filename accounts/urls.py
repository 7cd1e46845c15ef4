"""Paths of accounts under /api/v1/, without trailing slashes, as the wire contract writes them."""

from django.urls import path

from accounts.api import auth, friends, sessions, users

urlpatterns = [
    path("auth/register", auth.RegisterView.as_view()),
    path("auth/login", auth.LoginView.as_view()),
    path("auth/guest", auth.GuestView.as_view()),
    path("auth/upgrade", auth.UpgradeView.as_view()),
    path("auth/refresh", auth.RefreshView.as_view()),
    path("auth/logout", auth.LogoutView.as_view()),
    path("auth/ws-ticket", auth.TicketView.as_view()),
    path("auth/sessions", sessions.SessionListView.as_view()),
    path("auth/sessions/<str:session_id>", sessions.SessionView.as_view()),
    path("auth/password", sessions.PasswordView.as_view()),
    path("auth/password-reset", sessions.PasswordResetView.as_view()),
    path("auth/password-reset/confirm", sessions.PasswordResetConfirmView.as_view()),
    path("users", users.UserSearchView.as_view()),
    path("users/me", users.MeView.as_view()),
    path("users/<str:user_id>", users.UserView.as_view()),
    path("friends", friends.FriendListView.as_view()),
    path("friends/requests", friends.FriendRequestListView.as_view()),
    path("friends/requests/<str:request_id>", friends.FriendRequestView.as_view()),
    path("friends/requests/<str:request_id>/accept", friends.FriendAcceptView.as_view()),
    path("friends/requests/<str:request_id>/decline", friends.FriendDeclineView.as_view()),
    path("friends/<str:user_id>", friends.FriendView.as_view()),
    path("blocks", friends.BlockListView.as_view()),
    path("blocks/<str:user_id>", friends.BlockView.as_view()),
]
