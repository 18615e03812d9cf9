"""Taking what a session used from the stock, and writing down every lot for the trace."""

from collections.abc import Sequence
from datetime import datetime

from clinic.staff.models import StaffMember
from cocktails.stock.actions import draw_lots
from cocktails.stock.rules import Moment, number_key
from treatments.sessions.models import SessionDraw, SignedSession
from treatments.sessions.prepared import PreparedPortion, to_draw


def draw_prepared(
    signed: SignedSession,
    prepared: Sequence[PreparedPortion],
    *,
    moment: Moment,
    by: StaffMember,
    now: datetime,
) -> None:
    """In the transaction of the signature: all of it, or the session is not signed."""
    draw_lots(
        wanted=to_draw(prepared),
        session_id=signed.planned_session_id,
        moment=moment,
        by=by,
        now=now,
    )
    SessionDraw.objects.bulk_create(
        SessionDraw(
            signed_session=signed,
            product=each.product,
            position=each.position,
            lot=None if each.on_shelf is None else each.on_shelf.lot,
            lot_number=each.lot if each.on_shelf is None else each.on_shelf.lot.number,
            lot_key=number_key(each.lot),
            ml=each.drawn_ml,
        )
        for each in prepared
        if each.lot
    )
