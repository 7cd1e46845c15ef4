"""Operators' addresses, outside /api/."""

from django.urls import path

from core import views

urlpatterns = [
    path("health/live", views.show_live, name="health-live"),
    path("health/ready", views.show_ready, name="health-ready"),
    path("metrics", views.show_metrics, name="metrics"),
]
