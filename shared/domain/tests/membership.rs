//! Whatever a workspace's people do to each other, one owner stays and nobody rises above who raised him.

use colibri_domain::UserId;
use colibri_domain::membership::{self, Place, Refusal};
use colibri_domain::people::{ActivityStatus, CustomRole, Membership, Restriction, Right, Role, Visibility};
use proptest::prelude::*;

fn member(number: usize, role: Role) -> Membership {
    Membership {
        user_id: UserId::from_unique(&number.to_string()),
        name: String::new(),
        email: String::new(),
        role,
        visibility: Visibility::All,
        teams: Vec::new(),
        status: ActivityStatus::Offline,
        restrictions: Vec::new(),
        custom_role: None,
        custom_rights: Vec::new(),
    }
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Owner), Just(Role::Manager), Just(Role::Agent)]
}

fn place() -> impl Strategy<Value = Place> {
    let restrictions = proptest::sample::subsequence(Restriction::ALL.to_vec(), 0..=2);
    (role(), restrictions, any::<bool>(), 0_usize..4).prop_map(|(role, restrictions, own, custom)| Place {
        role,
        custom_role: [None, None, Some("read_only".to_owned()), Some("desk".to_owned())][custom].clone(),
        restrictions,
        visibility: if own { Visibility::Own } else { Visibility::All },
        teams: Vec::new(),
    })
}

fn roles() -> Vec<CustomRole> {
    let mut roles = CustomRole::presets();
    let rights = vec![Right::ContactRead, Right::ReportRead, Right::ContactDelete];
    roles.push(CustomRole { id: "desk".into(), name: "Mesa".into(), rights });
    roles
}

proptest! {
    #[test]
    fn one_owner_stays_and_nobody_is_raised_above_his_raiser(
        people in proptest::collection::vec(role(), 1..6),
        deeds in proptest::collection::vec((0_usize..7, 0_usize..7, place(), any::<bool>()), 0..60),
    ) {
        let mut members: Vec<Membership> =
            people.into_iter().enumerate().map(|(number, role)| member(number, role)).collect();
        members.push(member(100, Role::Owner));
        for (actor, user, place, remove) in deeds {
            let Some(actor) = members.get(actor).cloned() else { continue };
            let user = members.get(user).map_or(UserId::from_unique("nobody"), |m| m.user_id.clone());
            let before = members.iter().find(|m| m.user_id == user).cloned();
            if remove {
                if membership::removal(&members, &actor, &user).is_ok() {
                    members.retain(|m| m.user_id != user);
                }
            } else if let Ok(mut after) = membership::change(&members, &actor, &user, &place, &roles(), &[]) {
                after.custom_rights = roles()
                    .into_iter()
                    .find(|r| Some(&r.id) == after.custom_role.as_ref())
                    .map(|r| r.rights)
                    .unwrap_or_default();
                prop_assert!(Right::ALL.iter().all(|right| !after.may(*right) || actor.may(*right)
                    || before.as_ref().is_some_and(|b| b.may(*right)) || !actor.restrictions.is_empty()));
                prop_assert_ne!(&actor.user_id, &user);
                members.retain(|m| m.user_id != user);
                members.push(after);
            }
            prop_assert!(members.iter().any(|m| m.role == Role::Owner));
        }
    }
}

#[test]
fn managers_manage_agents_only() {
    let members =
        [member(0, Role::Owner), member(1, Role::Manager), member(2, Role::Manager), member(3, Role::Agent)];
    let id = |number: usize| members[number].user_id.clone();
    let manager = &members[1];
    assert!(membership::removal(&members, manager, &id(3)).is_ok());
    assert_eq!(membership::removal(&members, manager, &id(2)), Err(Refusal::Level));
    assert_eq!(membership::removal(&members, manager, &id(0)), Err(Refusal::Level));
    assert_eq!(membership::removal(&members, manager, &id(1)), Err(Refusal::Himself));
    assert_eq!(membership::removal(&members, &members[0], &id(0)), Err(Refusal::Himself));
    let raise = Place { role: Role::Manager, ..Place::of(&members[3]) };
    let asked = membership::change(&members, manager, &id(3), &raise, &[], &[]);
    assert_eq!(asked, Err(Refusal::Level));
    assert!(membership::change(&members, &members[0], &id(3), &raise, &[], &[]).is_ok());
}
