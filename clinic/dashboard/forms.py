"""What a click on the board sends, and which page of a history is asked for."""

from django import forms


class NumbingForm(forms.Form):
    begins = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)


class HistoryForm(forms.Form):
    history = forms.IntegerField(min_value=1, max_value=1000, required=False)

    def page(self) -> int:
        """The page that was asked for; the newest where nothing sensible was."""
        return (self.is_valid() and self.cleaned_data["history"]) or 1
