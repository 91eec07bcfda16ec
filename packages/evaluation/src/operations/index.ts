export { evaluateRecommendationOperation } from "./evaluate-recommendation.ts";
