import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";

/** The name under which people's thumbs are kept. */
export const thumbKey = "user_score";

export const useFeedback = (span: string) =>
  useQuery({ queryKey: ["feedback", span], queryFn: () => read(api.feedback.$get({ query: { span } })) });

export interface Judgement {
  span: string;
  key: string;
  score?: number | null;
  comment?: string | null;
}

export function useJudge() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (judgement: Judgement) => read(api.feedback.$post({ json: judgement })),
    onSuccess: (_, { span }) => client.invalidateQueries({ queryKey: ["feedback", span] }),
  });
}

export function useRemoveFeedback(span: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => read(api.feedback[":id"].$delete({ param: { id } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ["feedback", span] }),
  });
}

const queuesKey = ["queues"];
export const useQueues = () => useQuery({ queryKey: queuesKey, queryFn: () => read(api.queues.$get()) });

export const useQueueItems = (id: string) =>
  useQuery({
    queryKey: [...queuesKey, id],
    queryFn: () => read(api.queues[":id"].items.$get({ param: { id }, query: { limit: "20" } })),
  });

/** A change of a queue, after which all are read anew. */
function useQueueChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: queuesKey }) });
}

export const useCreateQueue = () =>
  useQueueChange((queue: { name: string; description: string | null }) => read(api.queues.$post({ json: queue })));

export const useRemoveQueue = () => useQueueChange((id: string) => read(api.queues[":id"].$delete({ param: { id } })));

export const useAddToQueue = () =>
  useQueueChange(({ id, span }: { id: string; span: string }) =>
    read(api.queues[":id"].items.$post({ param: { id }, json: { spans: [span] } })),
  );

export const useSettleItem = (id: string) =>
  useQueueChange(({ span, is }: { span: string; is: "done" | "remove" }) =>
    read(api.queues[":id"].items[":span"].$patch({ param: { id, span }, json: { is } })),
  );
