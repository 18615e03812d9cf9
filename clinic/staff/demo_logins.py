"""The people of the demo clinic who can sign in. Never used where patients are real.

`doctor` and `check --deploy` refuse an installation in which one of these passwords still works.
"""

from dataclasses import dataclass

from clinic.staff.terms import Role

DEMO_PASSWORD = "leke-klinigi-demo"  # noqa: S105  (public on purpose: the demo clinic prints it)


@dataclass(frozen=True)
class DemoLogin:
    email: str
    title: str
    full_name: str
    role: Role
    language: str = "tr"

    @property
    def role_label(self) -> str:
        return str(self.role.label)

    @property
    def password(self) -> str:
        return DEMO_PASSWORD


DEMO_LOGINS = (
    DemoLogin("resepsiyon@demo.example", "", "Elif Şahin", Role.RECEPTIONIST),
    DemoLogin("hekim@demo.example", "Uzm. Dr.", "Işık Çağlar", Role.PHYSICIAN),
    DemoLogin("hemsire@demo.example", "", "Gül Öztürk", Role.NURSE),
    DemoLogin("yonetici@demo.example", "", "İbrahim Aydın", Role.MANAGER),
    DemoLogin("resepsiyon2@demo.example", "", "Deniz Yılmaz", Role.RECEPTIONIST, "en"),
    DemoLogin("hekim2@demo.example", "Dr.", "Marie Dubois", Role.PHYSICIAN, "en"),
)
