export { tinyChatModel } from "./tiny-chat-model.ts";
