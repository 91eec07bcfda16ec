import { Grader } from "@loam/platform";
import { z } from "zod";
import { MetadataField } from "../wire/metadata.ts";

const auto = z.literal("auto");

const Hyperparameters = z.strictObject({
  n_epochs: z.union([auto, z.number().int().min(1).max(50)]).optional(),
  batch_size: z.union([auto, z.number().int().min(1).max(256)]).optional(),
  learning_rate_multiplier: z.union([auto, z.number().positive().max(1000)]).optional(),
});

/** Any field of the trainer's recipe, beyond what OpenAI has. */
const RecipeFields = z.record(z.string(), z.unknown()).optional();

const Method = z.discriminatedUnion(
  "type",
  [
    z.strictObject({
      type: z.literal("supervised"),
      supervised: z
        .strictObject({
          hyperparameters: Hyperparameters.optional(),
          recipe: RecipeFields,
        })
        .optional(),
    }),
    z.strictObject({
      type: z.literal("dpo"),
      dpo: z
        .strictObject({
          hyperparameters: Hyperparameters.extend({
            beta: z.union([auto, z.number().positive().max(2)]).optional(),
          }).optional(),
          recipe: RecipeFields,
        })
        .optional(),
    }),
    z.strictObject({
      type: z.literal("reinforcement"),
      reinforcement: z.strictObject(
        {
          grader: Grader,
          hyperparameters: Hyperparameters.extend({
            compute_multiplier: z.union([auto, z.number().min(0.00001).max(10)]).optional(),
            eval_interval: z.union([auto, z.number().int().min(1)]).optional(),
            eval_samples: z.union([auto, z.number().int().min(1).max(64)]).optional(),
            reasoning_effort: z.enum(["default", "low", "medium", "high"]).optional(),
          }).optional(),
          recipe: RecipeFields,
        },
        "expected an object with the grader whose scores are learned from",
      ),
    }),
  ],
  "expected the method supervised, dpo or reinforcement",
);

export const CreateJob = z.strictObject({
  model: z.string().min(1),
  training_file: z.string(),
  validation_file: z.string().nullish(),
  hyperparameters: Hyperparameters.optional(),
  method: Method.optional(),
  suffix: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[A-Za-z0-9._-]+$/, "expected letters, digits, dots, dashes and underscores")
    .nullish(),
  seed: z.number().int().min(0).max(2_147_483_647).nullish(),
  integrations: z
    .array(
      z.strictObject({
        type: z.literal("wandb", "expected `wandb`, whose run is one of this server's own tracking"),
        wandb: z.strictObject({
          project: z.string().min(1).max(128),
          name: z.string().max(256).nullish(),
          entity: z.string().max(128).nullish(),
          tags: z.array(z.string().max(64)).max(50).optional(),
        }),
      }),
    )
    .max(5)
    .nullish(),
  metadata: MetadataField,
});

export const Grant = z.strictObject({ project_ids: z.array(z.string().min(1)).min(1).max(100) });
