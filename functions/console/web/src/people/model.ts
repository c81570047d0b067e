/** Users, invitations and teams as the API tells them. */
import type { components } from "../api/schema";

export type Place = components["schemas"]["Place"];
export type Level = components["schemas"]["Role"];
export type Restriction = components["schemas"]["Restriction"];
export type Visibility = components["schemas"]["Visibility"];
export type UserDetail = components["schemas"]["UserDetail"];
export type InvitationView = components["schemas"]["InvitationView"];
export type CustomRole = components["schemas"]["CustomRole"];
export type InvitationOffer = components["schemas"]["InvitationOffer"];
export type Document = components["schemas"]["Document"];

/** Restrictions that a level knows. */
export const RESTRICTIONS: Record<Level, readonly Restriction[]> = {
  owner: [],
  manager: ["settings", "contact_deletion", "data_export", "integrations"],
  agent: ["shortcuts", "personal_data", "contact_creation"],
};

/** A place with a level, without what belongs to other levels. */
export function withLevel(place: Place, role: Level): Place {
  const agent = role === "agent";
  return {
    role,
    teams: place.teams ?? [],
    restrictions: (place.restrictions ?? []).filter((one) => RESTRICTIONS[role].includes(one)),
    visibility: agent ? (place.visibility ?? "all") : "all",
    custom_role: agent ? (place.custom_role ?? null) : null,
  };
}

/** Roles that every workspace has are worded by the console. */
export function roleName(role: CustomRole, t: (key: string) => string): string {
  return role.name === "" ? t(`place.custom_${role.id}`) : role.name;
}
