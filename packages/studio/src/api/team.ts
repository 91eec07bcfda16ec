import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

const teamKey = ["team"];
export const teamRoles = ["owner", "editor", "viewer"] as const;
export type TeamRole = (typeof teamRoles)[number];

export const useTeam = () => useQuery({ queryKey: teamKey, queryFn: () => read(api.team.$get()) });

/** A change of the team, after which it is read anew. */
function useChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: teamKey }) });
}

export const useInvite = () =>
  useChange((invitation: { role: TeamRole; note: string }) => read(api.team.invitations.$post({ json: invitation })));

export const useWithdraw = () =>
  useChange((id: string) => read(api.team.invitations[":id"].$delete({ param: { id } })));

export const useAddMember = () =>
  useChange((member: { name: string; role: TeamRole }) => read(api.team.members.$post({ json: member })));

export const useSetRole = () =>
  useChange(({ id, role }: { id: string; role: TeamRole }) =>
    read(api.team.members[":id"].$patch({ param: { id }, json: { role } })),
  );

export const useRemoveMember = () =>
  useChange((id: string) => read(api.team.members[":id"].$delete({ param: { id } })));

export const useJoin = () =>
  useChange((answer: { code: string; name: string }) => read(api.team.accept.$post({ json: answer })));

export const useLeave = () => useChange(() => read(api.team.leave.$post()));
