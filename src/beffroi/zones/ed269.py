"""ED-269: the JSON model of UAS geographical zones that most states publish.

Source: EUROCAE ED-269 (June 2020), 8 and appendix 2. The list of zones is `features`, `UASZoneList` (as
Switzerland publishes it) or the document itself. Beyond the standard we accept both spellings of
REQ_AUTHORI[SZ]ATION, limits written as strings, `dailyPeriod` for `schedule`, empty strings and nulls for
what is absent, an upper limit of 99999 for none, and unknown members, which are kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from beffroi.errors import ZoneError
from beffroi.wire import geozone
from beffroi.wire.geozone import Number, Open
from beffroi.zone import DAYS, Authority, Circle, Daily, Datum, Period, Polygon, Text, Volume, Zone

SOURCE = "EUROCAE ED-269 (June 2020), 8 and appendix 2"

Instant = Annotated[datetime, Meta(tz=True)]
Reason = Literal[
    "AIR_TRAFFIC",
    "SENSITIVE",
    "PRIVACY",
    "POPULATION",
    "NATURE",
    "NOISE",
    "FOREIGN_TERRITORY",
    "EMERGENCY",
    "OTHER",
]
REASONS: tuple[Reason, ...] = get_args(Reason)


class AuthorityModel(Open, rename={"site_url": "siteURL", "contact_name": "contactName",
                                   "interval_before": "intervalBefore", "extra": "@extra"}):  # fmt: skip
    name: str | None = None
    service: str | None = None
    contact_name: str | None = None
    site_url: str | None = None
    email: str | None = None
    phone: str | None = None
    purpose: Literal["AUTHORIZATION", "NOTIFICATION", "INFORMATION"] | None = None
    interval_before: str | None = None


class DailyPeriod(Open):
    day: tuple[geozone.Weekday, ...] = ()
    start_time: geozone.Time | None = None
    end_time: geozone.Time | None = None


class TimePeriod(Open):
    permanent: Literal["YES", "NO"] | None = None
    start_date_time: Instant | None = None
    end_date_time: Instant | None = None
    schedule: tuple[DailyPeriod, ...] = ()
    daily_period: tuple[DailyPeriod, ...] = ()


class PolygonModel(Open, tag_field="type", tag="Polygon"):
    coordinates: geozone.Rings


class CircleModel(Open, tag_field="type", tag="Circle"):
    center: geozone.Position
    radius: Number


class VolumeModel(Open):
    horizontal_projection: PolygonModel | CircleModel
    uom_dimensions: Literal["M", "FT"] | None = None
    lower_limit: Number | None = None
    lower_vertical_reference: Datum | None = None
    upper_limit: Number | None = None
    upper_vertical_reference: Datum | None = None


class ZoneModel(Open):
    identifier: Annotated[str, Meta(min_length=1)]
    country: Annotated[str, Meta(min_length=3, max_length=3)]
    restriction: Literal[
        "PROHIBITED", "REQ_AUTHORISATION", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"
    ]
    geometry: Annotated[tuple[VolumeModel, ...], Meta(min_length=1)]
    type: Literal["COMMON", "CUSTOMIZED"] | None = None
    name: str | None = None
    restriction_conditions: str | tuple[str, ...] | None = None
    region: int | Annotated[str, Meta(pattern=r"^\d+$")] | None = None
    reason: tuple[Reason, ...] = ()
    other_reason_info: str | None = None
    regulation_exemption: Literal["YES", "NO"] | None = None
    message: str | None = None
    applicability: tuple[TimePeriod, ...] = ()
    zone_authority: tuple[AuthorityModel, ...] = ()


class Features(Open):
    features: tuple[ZoneModel, ...]


class UASZoneList(Open, rename={"extra": "@extra", "zones": "UASZoneList"}):
    zones: tuple[ZoneModel, ...]


def read(data: bytes) -> Iterator[Zone]:
    """The zones of a document. Raises ZoneError with the path of what is wrong."""
    raw = geozone.load(data)
    if isinstance(raw, dict) and raw.get("type") == "FeatureCollection":
        raise ZoneError("$.type", "this is GeoJSON: it may be ED-318, but it is not ED-269")
    name, models = _models(raw)
    document = {} if isinstance(raw, list) else {k: v for k, v in raw.items() if k != name}
    for i, model in enumerate(models):
        yield _zone(model, document | {"@list": name}, f"$.{name}[{i}]" if name else f"$[{i}]")


def _models(raw: Any) -> tuple[str, Sequence[ZoneModel]]:
    """(name of the list, the zones in it)."""
    if isinstance(raw, list):
        return "", geozone.read_all(raw, ZoneModel, blanks=True)
    if isinstance(raw, dict) and "UASZoneList" in raw:
        return "UASZoneList", geozone.read(raw, UASZoneList, blanks=True).zones
    return "features", geozone.read(raw, Features, blanks=True).features


def write(zones: Iterable[Zone]) -> bytes:
    """A document of these zones; what it says of all of them comes from the first.

    Of several languages English is kept, or else the first. Raises ZoneError for a U-space zone, which
    ED-269 does not have.
    """
    zones = list(zones)
    document = dict(zones[0].document) if zones else {}
    name = document.pop("@list", "features")
    models = [geozone.write(_model(z)) for z in zones]
    return msgspec.json.encode(document | {name: models} if name else models)


# --- document → zone --------------------------------------------------------------------------------------


def _zone(model: ZoneModel, document: dict[str, Any], path: str) -> Zone:
    conditions = model.restriction_conditions or ()
    periods = tuple(_period(p) for p in model.applicability)
    return Zone(
        identifier=model.identifier,
        country=model.country,
        restriction="REQ_AUTHORISATION" if model.restriction == "REQ_AUTHORIZATION" else model.restriction,
        variant=model.type or "COMMON",
        name=_texts(model.name),
        reasons=model.reason,
        other_reason=_texts(model.other_reason_info),
        message=_texts(model.message),
        conditions=(conditions,) if isinstance(conditions, str) else conditions,
        region=None if model.region is None else int(model.region),
        regulation_exemption=model.regulation_exemption == "YES" if model.regulation_exemption else None,
        authorities=tuple(_authority(a) for a in model.zone_authority),
        periods=() if periods == (Period(),) else periods,
        volumes=tuple(_volume(v, f"{path}.geometry[{i}]") for i, v in enumerate(model.geometry)),
        extra=model.extra,
        document=document,
    )


def _texts(text: str | None) -> tuple[Text, ...]:
    return (Text(text=text),) if text else ()


def _authority(model: AuthorityModel) -> Authority:
    return Authority(
        name=_texts(model.name),
        service=_texts(model.service),
        contact_name=_texts(model.contact_name),
        site_url=model.site_url,
        email=model.email,
        phone=model.phone,
        purpose=model.purpose,
        interval_before=model.interval_before,
        extra=model.extra,
    )


def _period(model: TimePeriod) -> Period:
    start, end = model.start_date_time, model.end_date_time
    daily = tuple(_daily(d) for d in model.schedule + model.daily_period)
    return Period(
        start_s=start.timestamp() if start else None,
        end_s=end.timestamp() if end else None,
        daily=() if Daily() in daily else daily,
        extra=model.extra,
    )


def _daily(model: DailyPeriod) -> Daily:
    start_s, end_s, offset_s = geozone.hours(model.start_time, model.end_time)
    days = () if "ANY" in model.day else tuple(d for d in DAYS if d in model.day)
    return Daily(days=days, start_s=start_s, end_s=end_s, offset_s=offset_s, extra=model.extra)


def _volume(model: VolumeModel, path: str) -> Volume:
    area, unit = model.horizontal_projection, model.uom_dimensions or "M"
    lower_m, upper_m = geozone.metres(model.lower_limit, unit), geozone.metres(model.upper_limit, unit)
    lower_datum, upper_datum = model.lower_vertical_reference, model.upper_vertical_reference
    geozone.check_limits(lower_m, lower_datum, upper_m, upper_datum, path)
    return Volume(
        shape=_area(area, f"{path}.horizontalProjection"),
        lower_m=lower_m,
        lower_datum=lower_datum,
        upper_m=upper_m,
        upper_datum=upper_datum,
        uom="ft" if unit == "FT" else "m",
        extra=model.extra | ({"horizontalProjection": area.extra} if area.extra else {}),
    )


def _area(model: PolygonModel | CircleModel, path: str) -> Circle | Polygon:
    if isinstance(model, PolygonModel):
        geozone.check_rings(model.coordinates, f"{path}.coordinates")
        return Polygon(rings=tuple(tuple(tuple(p) for p in ring) for ring in model.coordinates))
    geozone.check_position(model.center, f"{path}.center")
    if float(model.radius) <= 0:
        raise ZoneError(f"{path}.radius", f"a circle needs a radius, not {model.radius}")
    return Circle(lat_deg=model.center[1], lon_deg=model.center[0], radius_m=float(model.radius))


# --- zone → document --------------------------------------------------------------------------------------


def _model(zone: Zone) -> ZoneModel:
    if zone.restriction == "USPACE":
        raise ZoneError(zone.key, "ED-269 has no U-space zones")
    exempt = zone.regulation_exemption
    return ZoneModel(
        identifier=zone.identifier,
        country=zone.country,
        restriction=zone.restriction,
        type="CUSTOMIZED" if zone.variant == "CUSTOMIZED" else "COMMON",
        name=_text(zone.name),
        restriction_conditions=zone.conditions[0] if len(zone.conditions) == 1 else zone.conditions or None,
        region=zone.region,
        reason=tuple(_reason(r) for r in zone.reasons),
        other_reason_info=_text(zone.other_reason),
        regulation_exemption=None if exempt is None else "YES" if exempt else "NO",
        message=_text(zone.message),
        applicability=tuple(_time_period(p) for p in zone.periods or (Period(),)),
        zone_authority=tuple(_authority_model(a) for a in zone.authorities),
        geometry=tuple(_volume_model(v) for v in zone.volumes),
        extra=zone.extra,
    )


def _reason(reason: str) -> Reason:
    """The reason, or OTHER for what only another format knows."""
    return next((r for r in REASONS if r == reason), "OTHER")


def _text(texts: Sequence[Text]) -> str | None:
    english = (t.text for t in texts if (t.lang or "").startswith("en"))
    return next(english, texts[0].text if texts else None)


def _authority_model(authority: Authority) -> AuthorityModel:
    return AuthorityModel(
        name=_text(authority.name),
        service=_text(authority.service),
        contact_name=_text(authority.contact_name),
        site_url=authority.site_url,
        email=authority.email,
        phone=authority.phone,
        purpose=authority.purpose,
        interval_before=authority.interval_before,
        extra=authority.extra,
    )


def _time_period(period: Period) -> TimePeriod:
    return TimePeriod(
        permanent="NO" if period.end_s is not None or period.daily else "YES",
        start_date_time=None if period.start_s is None else datetime.fromtimestamp(period.start_s, UTC),
        end_date_time=None if period.end_s is None else datetime.fromtimestamp(period.end_s, UTC),
        schedule=tuple(_daily_period(d) for d in period.daily),
        extra=period.extra,
    )


def _daily_period(daily: Daily) -> DailyPeriod:
    return DailyPeriod(
        day=daily.days or ("ANY",),
        start_time=None if daily.start_s is None else geozone.clock_text(daily.start_s, daily.offset_s),
        end_time=None if daily.end_s is None else geozone.clock_text(daily.end_s, daily.offset_s),
        extra=daily.extra,
    )


def _volume_model(volume: Volume) -> VolumeModel:
    extra = dict(volume.extra)
    area_extra = extra.pop("horizontalProjection", {})
    return VolumeModel(
        horizontal_projection=_area_model(volume.shape, area_extra),
        uom_dimensions="FT" if volume.uom == "ft" else "M",
        lower_limit=None if volume.lower_m is None else geozone.in_unit(volume.lower_m, volume.uom),
        lower_vertical_reference=volume.lower_datum,
        upper_limit=None if volume.upper_m is None else geozone.in_unit(volume.upper_m, volume.uom),
        upper_vertical_reference=volume.upper_datum,
        extra=extra,
    )


def _area_model(shape: Circle | Polygon, extra: dict[str, Any]) -> PolygonModel | CircleModel:
    if isinstance(shape, Circle):
        return CircleModel(center=[shape.lon_deg, shape.lat_deg], radius=shape.radius_m, extra=extra)
    return PolygonModel(coordinates=[[list(p) for p in ring] for ring in shape.rings], extra=extra)
