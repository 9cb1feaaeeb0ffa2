"""Cases: the desk's judgement: what may befall a case, an aerodrome, a handover, and how each then stands.

    entry ──check──▶ refused, or written down ──after──▶ how it stands

Pure: no clock, no database. The records are kept by `beffroi.store.cases`, people served by
`beffroi.casework`.
"""
