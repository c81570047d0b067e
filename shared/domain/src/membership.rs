//! Who may make whom what in a workspace.
//!
//! Three rules hold whatever is asked: nobody changes himself, nobody gives what he has not, one owner always stays.

use serde::{Deserialize, Serialize};

use crate::ids::{TeamId, UserId};
use crate::people::{CustomRole, Membership, Restriction, Right, Role, Team, Visibility};

/// A place in a workspace, as an invitation or a change describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// Access level.
    pub role: Role,
    /// Id of a role of the workspace in place of the level's rights; agents only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub custom_role: Option<String>,
    /// Only those of the level.
    #[serde(default)]
    pub restrictions: Vec<Restriction>,
    /// Owners and managers see all contacts.
    #[serde(default)]
    pub visibility: Visibility,
    /// Teams of the workspace.
    #[serde(default)]
    pub teams: Vec<TeamId>,
}

/// Why a change of members is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// Nobody changes or removes himself.
    Himself,
    /// The level, or a right of the role, is above what the actor may give or take.
    Level,
    /// One owner must stay.
    LastOwner,
    /// There is no such member.
    NoMember,
    /// There is no such role.
    NoRole,
    /// Only agents have a role of the workspace's own.
    RoleLevel,
    /// A restriction of another level.
    Restriction,
    /// Only agents see less than all contacts.
    Visibility,
    /// There is no such team.
    NoTeam,
}

impl Place {
    /// Checks a place against what the workspace has and against what the actor may give.
    pub fn check(&self, actor: &Membership, roles: &[CustomRole], teams: &[Team]) -> Result<(), Refusal> {
        if !actor.may(self.role.managed_by()) {
            return Err(Refusal::Level);
        }
        if let Some(id) = &self.custom_role {
            if self.role != Role::Agent {
                return Err(Refusal::RoleLevel);
            }
            let role = roles.iter().find(|role| role.id == *id).ok_or(Refusal::NoRole)?;
            if role.rights.iter().any(|right| !actor.may(*right)) {
                return Err(Refusal::Level);
            }
        }
        if self.restrictions.iter().any(|restriction| restriction.level() != self.role) {
            return Err(Refusal::Restriction);
        }
        if self.visibility != Visibility::All && self.role != Role::Agent {
            return Err(Refusal::Visibility);
        }
        if self.teams.iter().any(|team| !teams.iter().any(|known| known.id == *team)) {
            return Err(Refusal::NoTeam);
        }
        Ok(())
    }

    /// The place of a member.
    pub fn of(member: &Membership) -> Self {
        Self {
            role: member.role,
            custom_role: member.custom_role.clone(),
            restrictions: member.restrictions.clone(),
            visibility: member.visibility,
            teams: member.teams.clone(),
        }
    }

    /// A member in this place.
    pub fn give(&self, member: Membership) -> Membership {
        let mut restrictions = self.restrictions.clone();
        restrictions.sort();
        restrictions.dedup();
        let mut teams = self.teams.clone();
        teams.sort();
        teams.dedup();
        Membership {
            role: self.role,
            custom_role: self.custom_role.clone(),
            restrictions,
            visibility: self.visibility,
            teams,
            ..member
        }
    }
}

/// The member whom the actor may change: not himself, not above him.
fn target<'a>(
    members: &'a [Membership],
    actor: &Membership,
    user: &UserId,
) -> Result<&'a Membership, Refusal> {
    let member = members.iter().find(|member| member.user_id == *user).ok_or(Refusal::NoMember)?;
    if actor.user_id == *user {
        return Err(Refusal::Himself);
    }
    if !actor.may(member.role.managed_by()) {
        return Err(Refusal::Level);
    }
    Ok(member)
}

fn another_owner(members: &[Membership], but: &UserId) -> bool {
    members.iter().any(|member| member.role == Role::Owner && member.user_id != *but)
}

/// The member after a change of his place.
pub fn change(
    members: &[Membership],
    actor: &Membership,
    user: &UserId,
    place: &Place,
    roles: &[CustomRole],
    teams: &[Team],
) -> Result<Membership, Refusal> {
    let member = target(members, actor, user)?;
    place.check(actor, roles, teams)?;
    if member.role == Role::Owner && place.role != Role::Owner && !another_owner(members, user) {
        return Err(Refusal::LastOwner);
    }
    Ok(place.give(member.clone()))
}

/// Whether a member may be removed.
pub fn removal(members: &[Membership], actor: &Membership, user: &UserId) -> Result<Membership, Refusal> {
    let member = target(members, actor, user)?;
    if member.role == Role::Owner && !another_owner(members, user) {
        return Err(Refusal::LastOwner);
    }
    Ok(member.clone())
}

/// Whether a change takes rights or sight away, so that open screens must be closed.
pub fn is_less(before: &Membership, after: &Membership) -> bool {
    let lost = Right::ALL.iter().any(|right| before.may(*right) && !after.may(*right));
    lost || before.visibility != after.visibility || before.teams != after.teams
}
