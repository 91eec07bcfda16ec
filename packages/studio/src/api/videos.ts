import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, read } from "./client.ts";
import { useWork, type Work } from "./work.ts";

const videosKey = ["videos"];
const lookMs = 1000;

export interface NewVideo {
  prompt: string;
  model?: string;
  size?: string;
  seconds?: string;
  seed?: number;
  guidance?: number;
  steps?: number;
}

const isOpen = ({ status }: { status: string }): boolean => status === "queued" || status === "in_progress";

/** The newest clips; looked at again while one is being made. */
export const useVideos = () =>
  useQuery({
    queryKey: [...videosKey, "list"],
    queryFn: async () => (await read(api.videos.$get({ query: { limit: "200" } }))).videos,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.some(isOpen) ? lookMs : false),
  });

export const useVideo = (id: string) =>
  useQuery({
    queryKey: [...videosKey, id],
    queryFn: () => read(api.videos[":id"].$get({ param: { id } })),
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data && isOpen(state.data) ? lookMs : false),
  });

export const useVideoModels = () =>
  useQuery({ queryKey: ["video-models"], queryFn: () => read(api.videos.models.$get()) });

export const useVideoLatents = (id: string) =>
  useQuery({
    queryKey: [...videosKey, id, "latents"],
    queryFn: () => read(api.videos[":id"].latents.$get({ param: { id } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Where a patch of a clip looks; what was shown before stays until the answer is here. */
export const useVideoAttention = (id: string, { patch, time }: { patch: number; time: number }) =>
  useQuery({
    queryKey: [...videosKey, id, "attention", patch, time],
    queryFn: ({ signal }) =>
      read(
        api.videos[":id"].attention.$get(
          { param: { id }, query: { patch: `${patch}`, time: `${time}` } },
          { init: { signal } },
        ),
      ),
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The work that makes a clip, while there is any. */
export const useVideoWork = (id: string): Work | undefined =>
  useWork().data?.find(({ kind, name }) => kind === "video" && name === id);

function useChange<Input, Output>(mutationFn: (input: Input) => Promise<Output>) {
  const client = useQueryClient();
  return useMutation({ mutationFn, onSuccess: () => client.invalidateQueries({ queryKey: videosKey }) });
}

export const useMakeVideos = () =>
  useChange((videos: readonly NewVideo[]) =>
    Promise.all(videos.map((video) => read(api.videos.$post({ json: video })))),
  );
export const useRemixVideo = () =>
  useChange(({ id, prompt }: { id: string; prompt: string }) =>
    read(api.videos[":id"].remix.$post({ param: { id }, json: { prompt } })),
  );
export const useDeleteVideo = () => useChange((id: string) => read(api.videos[":id"].$delete({ param: { id } })));

type Variant = "video" | "thumbnail" | "spritesheet";
export const videoUrl = (id: string, variant: Variant = "video"): string =>
  `/v1/videos/${encodeURIComponent(id)}/content${variant === "video" ? "" : `?variant=${variant}`}`;
export const filmUrl = (id: string, step: number | string): string =>
  `/api/videos/${encodeURIComponent(id)}/film?step=${step}`;
export const latentsUrl = (id: string): string => `/api/videos/${encodeURIComponent(id)}/latents.webp`;
