"""What a click on the board sends."""

from django import forms


class NumbingForm(forms.Form):
    begins = forms.ChoiceField(choices=[("1", "1"), ("0", "0")])
    version = forms.IntegerField(min_value=1, max_value=2**31 - 1)
