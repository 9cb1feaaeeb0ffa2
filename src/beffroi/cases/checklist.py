"""Checklist: what is to be done in a case of a kind, as the duty manager of a site wants it.

The lists below are where a site begins. They follow the phases of EASA "Drone Incident Management at
Aerodromes" (2021, part 1) in our own words. A site edits them; each edit is an entry, so the list that a case
began with is known later.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from beffroi.case import CaseKind, Item
from beffroi.errors import DeskError
from beffroi.sentence import plain
from beffroi.site import Language
from beffroi.wire import cacao

LONGEST = 60
"""Lines of a list."""
TEXT_LENGTH = 300

Texts = Mapping[Language, str]

FIRST: dict[CaseKind, tuple[tuple[str, Texts], ...]] = {
    "drone": (
        ("tower", {
            "en": "Tell the tower: what, where, how high, which way",
            "fr": "Prévenir la tour : quoi, où, à quelle hauteur, dans quelle direction",
            "vi": "Báo đài kiểm soát: vật gì, ở đâu, cao bao nhiêu, bay hướng nào"}),
        ("second", {
            "en": "Find a second source: a camera, a patrol, another sensor",
            "fr": "Trouver une seconde source : caméra, patrouille, autre capteur",
            "vi": "Tìm nguồn thứ hai: camera, tuần tra, cảm biến khác"}),
        ("permit", {
            "en": "Check flights that are permitted here now",
            "fr": "Vérifier les vols autorisés ici en ce moment",
            "vi": "Kiểm tra các chuyến bay được phép ở đây lúc này"}),
        ("police", {
            "en": "Call the police: place, time, position of the operator if a sensor has it",
            "fr": "Appeler la police : lieu, heure, position du télépilote si un capteur la donne",
            "vi": "Gọi cảnh sát: nơi, giờ, vị trí người điều khiển nếu cảm biến có"}),
        ("runway", {
            "en": "Decide for each runway: open, restricted or suspended, and write why",
            "fr": "Décider pour chaque piste : ouverte, restreinte ou suspendue, et écrire pourquoi",
            "vi": "Quyết định cho từng đường CHC: mở, hạn chế hay tạm dừng, và ghi lý do"}),
        ("patrol", {
            "en": "Send a patrol to the place of landing or of the operator",
            "fr": "Envoyer une patrouille au lieu d’atterrissage ou au télépilote",
            "vi": "Cử tuần tra đến nơi hạ cánh hoặc chỗ người điều khiển"}),
        ("search", {
            "en": "Search runways and approaches before they are used again",
            "fr": "Inspecter pistes et approches avant de les rouvrir",
            "vi": "Kiểm tra đường CHC và khu vực tiếp cận trước khi dùng lại"}),
        ("evidence", {
            "en": "Keep the evidence: stills, notes of witnesses, the drone if it was found",
            "fr": "Conserver les preuves : images, témoignages, le drone s’il est retrouvé",
            "vi": "Giữ bằng chứng: ảnh, lời nhân chứng, tàu bay nếu tìm thấy"}),
        ("report", {
            "en": "File the occurrence report in its time",
            "fr": "Déposer le compte rendu d’événement dans le délai",
            "vi": "Nộp báo cáo sự cố đúng hạn"}),
    ),
    "aircraft": (
        ("tower", {
            "en": "Tell the tower and the unit that controls the airspace",
            "fr": "Prévenir la tour et l’organisme qui contrôle l’espace",
            "vi": "Báo đài kiểm soát và cơ quan kiểm soát vùng trời"}),
        ("plan", {
            "en": "Look for a flight plan or a permission",
            "fr": "Chercher un plan de vol ou une autorisation",
            "vi": "Tìm kế hoạch bay hoặc giấy phép"}),
        ("radio", {
            "en": "Ask for calls on the frequency and on 121.5 MHz",
            "fr": "Demander des appels sur la fréquence et sur 121,5 MHz",
            "vi": "Yêu cầu gọi trên tần số đang dùng và 121,5 MHz"}),
        ("defence", {
            "en": "Tell air defence, as the local agreement says",
            "fr": "Prévenir la défense aérienne selon le protocole local",
            "vi": "Báo lực lượng phòng không theo quy chế phối hợp"}),
        ("report", {
            "en": "File the occurrence report in its time",
            "fr": "Déposer le compte rendu d’événement dans le délai",
            "vi": "Nộp báo cáo sự cố đúng hạn"}),
    ),
    "interference": (
        ("tower", {
            "en": "Tell the tower which positions cannot be trusted",
            "fr": "Dire à la tour quelles positions ne sont pas fiables",
            "vi": "Báo đài kiểm soát vị trí nào không đáng tin"}),
        ("sources", {
            "en": "Compare with radar and with other receivers",
            "fr": "Comparer avec le radar et d’autres récepteurs",
            "vi": "So sánh với ra-đa và máy thu khác"}),
        ("spectrum", {
            "en": "Call the authority for radio frequencies",
            "fr": "Appeler l’autorité des fréquences",
            "vi": "Gọi cơ quan quản lý tần số"}),
        ("report", {
            "en": "File the occurrence report in its time",
            "fr": "Déposer le compte rendu d’événement dans le délai",
            "vi": "Nộp báo cáo sự cố đúng hạn"}),
    ),
    "other": (
        ("owner", {
            "en": "Name who owns this case",
            "fr": "Désigner le responsable du dossier",
            "vi": "Chỉ định người phụ trách hồ sơ"}),
        ("report", {
            "en": "Decide whether it must be reported, and to whom",
            "fr": "Décider s’il faut le signaler, et à qui",
            "vi": "Quyết định có phải báo cáo không, và cho ai"}),
    ),
}  # fmt: skip


class Checklist(msgspec.Struct, frozen=True, kw_only=True):
    """The list of a kind of case."""

    kind: CaseKind
    version: int
    """Counts its edits; 0 = the list that we begin with."""
    items: tuple[Item, ...]


def first(kind: CaseKind, language: Language) -> Checklist:
    """The list that a site begins with."""
    items = tuple(Item(id=name, text=texts[language]) for name, texts in FIRST[kind])
    return Checklist(kind=kind, version=0, items=items)


def edited(before: Checklist, items: Sequence[Mapping[str, Any]]) -> Checklist:
    """The list after an edit; a line without an id is new. Raises DeskError."""
    about = f"checklist:{before.kind}"
    if len(items) > LONGEST:
        raise DeskError("invalid", about, "items", f"a list has at most {LONGEST} lines")
    lines: list[Item] = []
    for item in items:
        text = plain(str(item.get("text", "")).strip(), TEXT_LENGTH)
        if not text:
            raise DeskError("invalid", about, f"items[{len(lines)}].text", "a line needs a text")
        name = str(item.get("id") or f"{before.version + 1}-{len(lines) + 1}")
        if name in {line.id for line in lines}:
            raise DeskError("invalid", about, f"items[{len(lines)}].id", f"{name!r} stands there twice")
        lines.append(Item(id=name, text=text))
    return Checklist(kind=before.kind, version=before.version + 1, items=tuple(lines))


def playbook(checklist: Checklist, *, owner: str, created_s: float, modified_s: float) -> dict[str, Any]:
    """The list as a CACAO 2.0 playbook."""
    steps = [cacao.Step(item.id, item.text) for item in checklist.items]
    return cacao.playbook(
        f"Beffroi: {checklist.kind}", steps, owner=owner, created_s=created_s, modified_s=modified_s,
        labels=["aviation security", checklist.kind],
    )  # fmt: skip
