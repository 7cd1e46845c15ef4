"""The admin's forms for users: the two names are checked and folded as registration does."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User, fold_username

if TYPE_CHECKING:  # unfold carries no types
    from django.contrib.auth import forms as auth_forms

    class UserChangeForm(auth_forms.UserChangeForm[User]):
        """unfold.forms.UserChangeForm"""

    class UserCreationForm(auth_forms.AdminUserCreationForm[User]):
        """unfold.forms.UserCreationForm"""
else:
    from unfold.forms import UserChangeForm, UserCreationForm


class UniqueUsername(forms.ModelForm[User]):
    """Refuses a username that another account has in its folded form."""

    def clean_username(self) -> str:
        """The username as typed."""
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username_folded=fold_username(username)).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This username is taken."))
        return username


class AdminUserForm(UniqueUsername, UserChangeForm):
    """Changes an account."""

    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 -- the admin's fieldsets say which


class AdminUserCreationForm(UniqueUsername, UserCreationForm):
    """Makes an account, usually one for staff."""

    class Meta:
        model = User
        fields = ("username", "display_name")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["display_name"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["display_name"] = cleaned.get("display_name") or cleaned.get("username", "")
        return cleaned
