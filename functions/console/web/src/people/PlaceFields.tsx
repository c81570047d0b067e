import { useWorkspace } from "../app/workspace";
import { useWords } from "../i18n";
import { Choices } from "../settings/Choices";
import { RESTRICTIONS, roleName, withLevel, type CustomRole, type Level, type Place, type Restriction, type Visibility } from "./model";

/** Somebody's level, what he sees, what is taken from him and where he belongs. */
export function PlaceFields({ place, onChange, levels, roles }: { place: Place; onChange: (place: Place) => void; levels: readonly Level[]; roles: readonly CustomRole[] }) {
  const { t } = useWords();
  const { teams } = useWorkspace();
  const restrictions = place.restrictions ?? [];
  const belongs = place.teams ?? [];
  const toggle = <T,>(held: readonly T[], one: T) => (held.includes(one) ? held.filter((other) => other !== one) : [...held, one]);
  return (
    <>
      <Choices<Level>
        legend={t("place.role")} hint={t(`place.role_${place.role}_hint`)} value={place.role} onChange={(role) => onChange(withLevel(place, role))}
        options={levels.map((value) => ({ value, label: t(`place.role_${value}`) }))}
      />
      {place.role === "agent" ? (
        <Choices<Visibility>
          legend={t("place.visibility")} value={place.visibility ?? "all"} onChange={(visibility) => onChange({ ...place, visibility })}
          options={(["all", "team", "own"] as const).map((value) => ({ value, label: t(`place.visibility_${value}`) }))}
        />
      ) : null}
      {place.role === "agent" && roles.length > 0 ? (
        <Choices<string>
          legend={t("place.custom_role")} value={place.custom_role ?? ""} onChange={(role) => onChange({ ...place, custom_role: role === "" ? null : role })}
          options={[{ value: "", label: t("place.custom_role_usual") }, ...roles.map((role) => ({ value: role.id, label: roleName(role, t) }))]}
        />
      ) : null}
      {RESTRICTIONS[place.role].length > 0 ? (
        <fieldset className="people-boxes">
          <legend className="ui-legend">{t("place.restrictions")}</legend>
          {RESTRICTIONS[place.role].map((one: Restriction) => (
            <label key={one}><input type="checkbox" checked={restrictions.includes(one)} onChange={() => onChange({ ...place, restrictions: toggle(restrictions, one) })} /><span>{t(`place.restriction_${one}`)}</span></label>
          ))}
        </fieldset>
      ) : null}
      <fieldset className="people-boxes">
        <legend className="ui-legend">{t("place.teams")}</legend>
        {teams.length === 0 ? <p className="ui-hint">{t("place.no_teams")}</p> : teams.map((team) => (
          <label key={team.id}><input type="checkbox" checked={belongs.includes(team.id)} onChange={() => onChange({ ...place, teams: toggle(belongs, team.id) })} /><span>{team.name}</span></label>
        ))}
      </fieldset>
    </>
  );
}
