const octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const date =
  "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
const clock = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
const label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,30}[a-zA-Z0-9])?";
const hostname = `${label}(\\.${label}){0,5}`;
const group = "[0-9a-fA-F]{1,4}";

/** What `format` asks of a text, narrower where the rule is long: a 29 February is never written. */
export const formats: Readonly<Record<string, string>> = {
  "date-time": `^${date}T${clock}$`,
  date: `^${date}$`,
  time: `^${clock}$`,
  duration: "^P([0-9]{1,6}W|[0-9]{1,6}D(T[0-9]{1,6}[HMS])?|[0-9]{1,6}[YM]([0-9]{1,6}D)?|T[0-9]{1,6}[HMS])$",
  email: `^[a-zA-Z0-9_+-]{1,24}(\\.[a-zA-Z0-9_+-]{1,24}){0,3}@${label}(\\.${label}){0,3}\\.[a-zA-Z]{2,8}$`,
  hostname: `^${hostname}$`,
  ipv4: `^${octet}(\\.${octet}){3}$`,
  ipv6: `^(${group}:){7}${group}$`,
  uuid: "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
  uri: `^https?://${hostname}(/[a-zA-Z0-9_~.-]{0,40}){0,6}$`,
  url: `^https?://${hostname}(/[a-zA-Z0-9_~.-]{0,40}){0,6}$`,
};
