"""The groups' paths under /api/v1/, without trailing slashes as the wire contract has them."""

from django.urls import path

from groups.api import avatars, joining, members, profile

urlpatterns = [
    path("groups", profile.GroupListView.as_view()),
    path("groups/join", joining.JoinView.as_view()),
    path("groups/<str:group>/avatar", avatars.GroupAvatarView.as_view()),
    path("groups/<str:group>", profile.GroupView.as_view()),
    path("groups/<str:group>/members", members.MemberListView.as_view()),
    path("groups/<str:group>/members/<str:user>", members.MemberView.as_view()),
    path("groups/<str:group>/invites", joining.InviteListView.as_view()),
    path("groups/<str:group>/invites/<str:invite>", joining.InviteView.as_view()),
    path("groups/<str:group>/leave", profile.LeaveView.as_view()),
    path("groups/<str:group>/transfer", profile.TransferView.as_view()),
    path("groups/<str:group>/join-requests", joining.JoinRequestListView.as_view()),
    path("groups/<str:group>/join-requests/<str:join_request>/approve", joining.ApproveView.as_view()),
    path("groups/<str:group>/join-requests/<str:join_request>/reject", joining.RejectView.as_view()),
]
