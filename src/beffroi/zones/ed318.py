"""ED-318: GeoJSON with layers, the exchange model of UAS geographical zones.

Source: EUROCAE ED-318 (January 2024), 4.2 and appendix E (JSON Schemas, UASGeoZones/ED-318); RFC 7946. The
structs below are those schemas. Beyond them we accept both spellings of REQ_AUTHORI[SZ]ATION, limits written
as strings, null for what is absent, and unknown members, which are kept. A zone needs an area and a rule: a
point without extent, lines and features without properties are refused.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

from beffroi.wire import geozone
from beffroi.wire.geozone import NO_CEILING, Number, Open
from beffroi.zone import DAYS, Authority, Circle, Daily, Datum, Event, Period, Polygon, Text, Volume, Zone

SOURCE = "EUROCAE ED-318 (January 2024), 4.2 and appendix E"

UNKNOWN_LANGUAGE = "und"
"""BCP 47 tag that we write where a text has none: the schema demands one."""

Short = Annotated[str, Meta(max_length=200)]
Instant = Annotated[datetime, Meta(tz=True)]
Reason = Literal[
    "AIR_TRAFFIC", "SENSITIVE", "PRIVACY", "POPULATION", "NATURE", "NOISE", "EMERGENCY", "DAR", "OTHER"
]
REASONS: tuple[Reason, ...] = get_args(Reason)


class ShortText(Open):
    lang: Annotated[str, Meta(max_length=5)]
    text: Short = ""


class LongText(Open):
    lang: Annotated[str, Meta(max_length=5)]
    text: Annotated[str, Meta(max_length=1000)] = ""


class AuthorityModel(Open, rename={"site_url": "siteURL", "contact_name": "contactName",
                                   "interval_before": "intervalBefore", "extra": "@extra"}):  # fmt: skip
    purpose: Literal["AUTHORIZATION", "NOTIFICATION", "INFORMATION"]
    name: tuple[ShortText, ...] = ()
    service: tuple[ShortText, ...] = ()
    contact_name: tuple[ShortText, ...] = ()
    site_url: str | None = None
    email: str | None = None
    phone: Short | None = None
    interval_before: geozone.Duration | None = None


class DailyPeriod(Open):
    day: tuple[geozone.Weekday, ...]
    start_time: geozone.Time | None = None
    start_event: Event | None = None
    end_time: geozone.Time | None = None
    end_event: Event | None = None


class TimePeriod(Open):
    start_date_time: Instant | None = None
    end_date_time: Instant | None = None
    schedule: tuple[DailyPeriod, ...] = ()


class Layer(Open):
    upper: Number | None = None
    upper_reference: Datum | None = None
    lower: Number | None = None
    lower_reference: Datum | None = None
    uom: Literal["m", "ft"] | None = None


class Extent(Open):
    sub_type: Literal["Circle"]
    radius: Annotated[float, Meta(gt=0)]


class PointModel(Open, tag_field="type", tag="Point"):
    coordinates: geozone.Position
    extent: Extent
    layer: Layer | None = None


class PolygonModel(Open, tag_field="type", tag="Polygon"):
    coordinates: geozone.Rings
    layer: Layer | None = None


class MultiPolygonModel(Open, tag_field="type", tag="MultiPolygon"):
    coordinates: Annotated[list[geozone.Rings], Meta(min_length=1)]
    layer: Layer | None = None


Shape = PointModel | PolygonModel | MultiPolygonModel


class Collection(Open, tag_field="type", tag="GeometryCollection"):
    geometries: tuple[Shape | None, ...]
    layer: Layer | None = None


class Properties(Open):
    identifier: Annotated[str, Meta(min_length=1, max_length=7)]
    country: Annotated[str, Meta(min_length=3, max_length=3)]
    type: Literal[
        "USPACE", "PROHIBITED", "REQ_AUTHORIZATION", "REQ_AUTHORISATION", "CONDITIONAL", "NO_RESTRICTION"
    ]
    variant: Literal["COMMON", "CUSTOMIZED"]
    zone_authority: Annotated[tuple[AuthorityModel, ...], Meta(min_length=1)]
    name: tuple[ShortText, ...] = ()
    restriction_conditions: str | None = None
    region: int | None = None
    reason: Annotated[tuple[Reason, ...], Meta(max_length=9)] = ()
    other_reason_info: tuple[ShortText, ...] = ()
    regulation_exemption: Literal["YES", "NO"] | None = None
    message: tuple[LongText, ...] = ()
    limited_applicability: tuple[TimePeriod, ...] = ()
    data_source: dict[str, Any] | None = None
    extended_properties: dict[str, Any] | None = None


class Feature(Open):
    type: Literal["Feature"]
    properties: Properties
    geometry: Shape | Collection | None
    id: str | float | None = None
    bbox: geozone.Box | None = None


class Metadata(Open):
    valid_from: Instant | None = None
    valid_to: Instant | None = None
    issued: Instant | None = None
    provider: tuple[ShortText, ...] = ()
    description: tuple[ShortText, ...] = ()
    technical_limitations: tuple[ShortText, ...] = ()
    other_geoid: str | None = None


class FeatureCollection(Open):
    type: Literal["FeatureCollection"]
    features: tuple[Feature, ...]
    name: Short | None = None
    metadata: Metadata | None = None
    bbox: geozone.Box | None = None


def read(data: bytes) -> Iterator[Zone]:
    """The zones of a document. Raises ZoneError with the path of what is wrong."""
    raw = geozone.load(data)
    collection = geozone.read(raw, FeatureCollection)
    document = {k: v for k, v in raw.items() if k not in ("type", "features")}
    for i, feature in enumerate(collection.features):
        yield _zone(feature, document, f"$.features[{i}]")


def write(zones: Iterable[Zone]) -> bytes:
    """A document of these zones; what it says of all of them comes from the first."""
    zones = list(zones)
    document = zones[0].document if zones else {}
    features = [geozone.write(_feature(z)) for z in zones]
    return msgspec.json.encode({"type": "FeatureCollection", **document, "features": features})


# --- document → zone --------------------------------------------------------------------------------------


def _zone(feature: Feature, document: dict[str, Any], path: str) -> Zone:
    p = feature.properties
    beside = feature.extra | _given(id=feature.id, bbox=feature.bbox)
    if isinstance(feature.geometry, Collection) and feature.geometry.extra:
        beside["@geometry"] = feature.geometry.extra
    return Zone(
        identifier=p.identifier,
        country=p.country,
        restriction="REQ_AUTHORISATION" if p.type == "REQ_AUTHORIZATION" else p.type,
        variant=p.variant,
        name=_texts(p.name),
        reasons=tuple(p.reason),
        other_reason=_texts(p.other_reason_info),
        message=_texts(p.message),
        conditions=(p.restriction_conditions,) if p.restriction_conditions else (),
        region=p.region,
        regulation_exemption=None if p.regulation_exemption is None else p.regulation_exemption == "YES",
        authorities=tuple(_authority(a) for a in p.zone_authority),
        periods=tuple(_period(t) for t in p.limited_applicability),
        volumes=tuple(_volumes(feature.geometry, f"{path}.geometry")),
        extra=p.extra
        | _given(dataSource=p.data_source, extendedProperties=p.extended_properties)
        | ({"@feature": beside} if beside else {}),
        document=document,
    )


def _given(**members: Any) -> dict[str, Any]:
    return {k: v for k, v in members.items() if v is not None}


def _texts(texts: Sequence[ShortText | LongText]) -> tuple[Text, ...]:
    return tuple(
        Text(text=t.text, lang=None if t.lang == UNKNOWN_LANGUAGE else t.lang, extra=t.extra) for t in texts
    )


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
    return Period(
        start_s=start.timestamp() if start else None,
        end_s=end.timestamp() if end else None,
        daily=tuple(_daily(d) for d in model.schedule),
        extra=model.extra,
    )


def _daily(model: DailyPeriod) -> Daily:
    start_s, end_s, offset_s = geozone.hours(model.start_time, model.end_time)
    return Daily(
        days=() if "ANY" in model.day else tuple(d for d in DAYS if d in model.day),
        start_s=start_s,
        start_event=model.start_event,
        end_s=end_s,
        end_event=model.end_event,
        offset_s=offset_s,
        extra=model.extra,
    )


def _volumes(geometry: Shape | Collection | None, path: str, above: Layer | None = None) -> Iterator[Volume]:
    if isinstance(geometry, Collection):
        for i, shape in enumerate(geometry.geometries):
            yield from _volumes(shape, f"{path}.geometries[{i}]", geometry.layer)
    elif geometry is not None:
        layer = geometry.layer or above or Layer()
        uom = layer.uom or "m"
        lower_m, upper_m = geozone.metres(layer.lower, uom), geozone.metres(layer.upper, uom)
        geozone.check_limits(lower_m, layer.lower_reference, upper_m, layer.upper_reference, f"{path}.layer")
        extra = geometry.extra | ({"layer": layer.extra} if layer.extra else {})
        if isinstance(geometry, PointModel) and geometry.extent.extra:
            extra["extent"] = geometry.extent.extra
        for area in _areas(geometry, f"{path}.coordinates"):
            yield Volume(
                shape=area,
                lower_m=lower_m,
                lower_datum=layer.lower_reference,
                upper_m=upper_m,
                upper_datum=layer.upper_reference,
                uom=uom,
                extra=extra,
            )


def _areas(geometry: Shape, path: str) -> Iterator[Circle | Polygon]:
    if isinstance(geometry, PointModel):
        geozone.check_position(geometry.coordinates, path)
        lon, lat = geometry.coordinates[:2]
        yield Circle(lat_deg=lat, lon_deg=lon, radius_m=geometry.extent.radius)
    elif isinstance(geometry, PolygonModel):
        yield _polygon(geometry.coordinates, path)
    else:
        for i, rings in enumerate(geometry.coordinates):
            yield _polygon(rings, f"{path}[{i}]")


def _polygon(rings: geozone.Rings, path: str) -> Polygon:
    geozone.check_rings(rings, path)
    return Polygon(rings=tuple(tuple(tuple(p) for p in ring) for ring in rings))


# --- zone → document --------------------------------------------------------------------------------------


def _feature(zone: Zone) -> Feature:
    extra = dict(zone.extra)
    beside = dict(extra.pop("@feature", {}))
    collection_extra = beside.pop("@geometry", {})
    exempt = zone.regulation_exemption
    return Feature(
        type="Feature",
        properties=Properties(
            identifier=zone.identifier,
            country=zone.country,
            type="REQ_AUTHORIZATION" if zone.restriction == "REQ_AUTHORISATION" else zone.restriction,
            variant="CUSTOMIZED" if zone.variant == "CUSTOMIZED" else "COMMON",
            zone_authority=tuple(_authority_model(a) for a in zone.authorities or (Authority(),)),
            name=_short_texts(zone.name),
            restriction_conditions="; ".join(zone.conditions) or None,
            region=zone.region,
            reason=tuple(_reason(r) for r in zone.reasons),
            other_reason_info=_short_texts(zone.other_reason),
            regulation_exemption=None if exempt is None else "YES" if exempt else "NO",
            message=_long_texts(zone.message),
            limited_applicability=tuple(_time_period(p) for p in zone.periods),
            extra=extra,
        ),
        geometry=_geometry(zone.volumes, collection_extra),
        extra=beside,
    )


def _reason(reason: str) -> Reason:
    """The reason, or OTHER for what only another format knows."""
    return next((r for r in REASONS if r == reason), "OTHER")


def _short_texts(texts: Sequence[Text]) -> tuple[ShortText, ...]:
    return tuple(ShortText(text=t.text, lang=t.lang or UNKNOWN_LANGUAGE, extra=t.extra) for t in texts)


def _long_texts(texts: Sequence[Text]) -> tuple[LongText, ...]:
    return tuple(LongText(text=t.text, lang=t.lang or UNKNOWN_LANGUAGE, extra=t.extra) for t in texts)


def _authority_model(authority: Authority) -> AuthorityModel:
    return AuthorityModel(
        purpose=authority.purpose or "INFORMATION",
        name=_short_texts(authority.name),
        service=_short_texts(authority.service),
        contact_name=_short_texts(authority.contact_name),
        site_url=authority.site_url,
        email=authority.email,
        phone=authority.phone,
        interval_before=authority.interval_before,
        extra=authority.extra,
    )


def _time_period(period: Period) -> TimePeriod:
    return TimePeriod(
        start_date_time=None if period.start_s is None else datetime.fromtimestamp(period.start_s, UTC),
        end_date_time=None if period.end_s is None else datetime.fromtimestamp(period.end_s, UTC),
        schedule=tuple(_daily_period(d) for d in period.daily),
        extra=period.extra,
    )


def _daily_period(daily: Daily) -> DailyPeriod:
    return DailyPeriod(
        day=daily.days or ("ANY",),
        start_time=None if daily.start_s is None else geozone.clock_text(daily.start_s, daily.offset_s),
        start_event=daily.start_event,
        end_time=None if daily.end_s is None else geozone.clock_text(daily.end_s, daily.offset_s),
        end_event=daily.end_event,
        extra=daily.extra,
    )


def _geometry(volumes: Sequence[Volume], extra: dict[str, Any]) -> Shape | Collection | None:
    shapes: tuple[Shape | None, ...] = tuple(_shape(v) for v in volumes)
    if len(shapes) == 1 and not extra:
        return shapes[0]
    return Collection(geometries=shapes, extra=extra) if shapes else None


def _shape(volume: Volume) -> Shape:
    extra = dict(volume.extra)
    layer = _layer(volume, extra.pop("layer", {}))
    extent_extra = extra.pop("extent", {})
    if isinstance(volume.shape, Polygon):
        rings = [[list(p) for p in ring] for ring in volume.shape.rings]
        return PolygonModel(coordinates=rings, layer=layer, extra=extra)
    extent = Extent(sub_type="Circle", radius=volume.shape.radius_m, extra=extent_extra)
    centre = [volume.shape.lon_deg, volume.shape.lat_deg]
    return PointModel(coordinates=centre, extent=extent, layer=layer, extra=extra)


def _layer(volume: Volume, extra: dict[str, Any]) -> Layer | None:
    if not volume.lower_datum and not volume.upper_datum:
        return None
    open_above = NO_CEILING if volume.upper_datum else None
    return Layer(
        upper=open_above if volume.upper_m is None else geozone.in_unit(volume.upper_m, volume.uom),
        upper_reference=volume.upper_datum,
        lower=None if volume.lower_m is None else geozone.in_unit(volume.lower_m, volume.uom),
        lower_reference=volume.lower_datum,
        uom=volume.uom,
        extra=extra,
    )
