import { may, needs, type Topic, topic } from "./topic.ts";
import {
  choice,
  code,
  date,
  decimal,
  fullName,
  listOf,
  money,
  oneOf,
  percent,
  place,
  timeOfDay,
  whole,
} from "./value-kinds.ts";
import {
  cities,
  colors,
  companies,
  firstNames,
  lastNames,
  products,
  reasons,
  regions,
  subjects,
  tasks,
} from "./word-lists.ts";

const person = fullName(firstNames, lastNames);

/** Topics that no training row is made of: what a tuned model makes of functions it has never seen. */
export const heldOut: readonly Topic[] = [
  topic(
    "post",
    "frank letter",
    "Postage of a letter|What it costs to send a letter",
    {
      weight: needs(whole(10, 1500), "weight|grams|letter_weight", "Weight in grams|Grams"),
      to: needs(place(cities, regions), "to|address_city|sent_to", "City it goes to|Where it is sent"),
    },
    "What is the postage for {weight} grams to {to}?|I want to send a letter of {weight} g to {to}|Letter to {to} with {weight} grams, what does it cost?",
    { insured: may(money(10, 500), "insured_value|insured", "Value to insure", " insured for {}") },
  ),
  topic(
    "bank",
    "freeze card",
    "Freezes a bank card|Stops a card from being used",
    {
      card: needs(code, "card|card_code|card_id", "Number of the card|Which card"),
      reason: needs(
        choice({ lost: [], stolen: [], damaged: ["broken"] }),
        "reason|why|cause",
        "Why it is frozen|The cause",
      ),
    },
    "Freeze the card {card}, it is {reason}|My card {card} was {reason}|Card {card} is {reason}, please stop it",
  ),
  topic(
    "paint",
    "paint needed",
    "How much paint a wall takes|Litres of paint for walls",
    {
      width: needs(decimal(2, 20, 1), "width|wall_width|w", "Width of the wall|How wide it is"),
      height: needs(decimal(2, 6, 1), "height|wall_height|h", "Height of the wall|How high it is"),
      coats: needs(whole(1, 4), "coats|layers|times", "Number of coats|How often it is painted"),
    },
    "How much paint for a wall {width} wide and {height} high with {coats} coats?|I paint a wall of {width} by {height} meters in {coats} coats|Paint needed: width {width}, height {height}, {coats} coats",
    { color: may(oneOf(colors), "color|shade", "Colour", " in {}") },
  ),
  topic(
    "people",
    "anniversary gift",
    "Ideas for a present|Suggests a present for somebody",
    {
      person: needs(person, "person|for_whom|receiver", "Who gets it|Name of the person"),
      spend: needs(money(10, 300), "spend|max_spend|limit", "Most to spend|How much it may cost"),
    },
    "What can I give {person} for {spend}?|A present for {person}, at most {spend}|I want to spend {spend} on a gift for {person}",
  ),
  topic(
    "fitness",
    "running pace",
    "Pace of a run|How fast a run was",
    {
      kilometers: needs(decimal(1, 42, 1), "kilometers|distance|km", "Distance in kilometers|How far"),
      minutes: needs(whole(5, 240), "minutes|duration|time_taken", "Minutes it took|How long"),
    },
    "I ran {kilometers} km in {minutes} minutes. What was my pace?|Pace for {kilometers} kilometers in {minutes} minutes|{minutes} minutes for {kilometers} km, how fast is that?",
  ),
  topic(
    "energy",
    "solar yield",
    "Power that panels yield|Yield of a solar roof",
    {
      panels: needs(whole(2, 60), "panels|panel_count|modules", "Number of panels|How many panels"),
      city: needs(place(cities, regions), "city|site|roof_at", "Where the roof is|City"),
      watts: needs(whole(200, 500), "watts|panel_watts|power", "Watts of one panel|Power of each panel"),
    },
    "What do {panels} panels of {watts} watts yield in {city}?|Solar yield in {city} with {panels} panels, {watts} W each|I have {panels} panels with {watts} W on a roof in {city}",
  ),
  topic(
    "staff",
    "request leave",
    "Asks for days off|Files a request for leave",
    {
      employee: needs(person, "employee|staff_member|who", "Name of the employee|Who wants leave"),
      first: needs(date, "first|first_day|starting", "First day off|When the leave begins"),
      days: needs(whole(1, 20), "days|day_count|length", "Number of days|How many days"),
    },
    "{employee} wants {days} days off starting {first}|File leave for {employee} from {first}, {days} days|Leave request: {employee}, {days} days, beginning {first}",
    { reason: may(oneOf(reasons), "reason|because", "Why", " because of {}| for {}") },
  ),
  topic(
    "staff",
    "log hours",
    "Notes the hours somebody worked|Time sheet entry",
    {
      worker: needs(person, "worker|person|staff", "Who worked|Name"),
      hours: needs(decimal(0.5, 12, 1), "hours|hours_worked|time_spent", "Hours worked|How many hours"),
      project: needs(oneOf(companies), "project|client|account", "Client|For whom"),
    },
    "{worker} worked {hours} hours for {project}|Log {hours} hours of {worker} on {project}|Time sheet: {worker}, {hours} hours, {project}",
  ),
  topic(
    "store",
    "check stock",
    "How many pieces of an article are there|Stock of an article",
    {
      article: needs(oneOf(products), "article|goods|sku_name", "The article|What is looked for"),
      store: needs(oneOf(cities), "store|branch|shop_city", "City of the store|Which branch"),
    },
    "Do you have {article} in {store}?|Stock of {article} in the {store} branch|How many {article} are left in {store}?",
    { color: may(oneOf(colors), "color|variant", "Colour of the article", " in {}") },
  ),
  topic(
    "store",
    "return goods",
    "Takes an order back|Starts a return",
    {
      order: needs(code, "order|order_code|purchase", "Number of the order|Which order"),
      pieces: needs(whole(1, 9), "pieces|returned|quantity", "Pieces that come back|How many"),
    },
    "I want to return {pieces} pieces of order {order}|Take back {pieces} items of the order {order}|Order {order}: {pieces} pieces are coming back",
  ),
  topic(
    "kitchen",
    "kitchen timer",
    "Starts a timer|Counts down the time of cooking",
    {
      name: needs(
        oneOf(["eggs", "bread", "tea", "rice", "roast", "pizza"]),
        "name|label|timer_for",
        "What the timer is for|Label",
      ),
      minutes: needs(whole(1, 90), "minutes|length|count_down", "Minutes to count|How long"),
    },
    "Start a timer for the {name}, {minutes} minutes|{minutes} minutes for the {name}, please count|Tell me when the {name} had {minutes} minutes",
  ),
  topic(
    "study",
    "flash cards",
    "Makes cards to learn with|Prepares cards for a subject",
    {
      subject: needs(oneOf(subjects), "subject|topic|field", "The subject|What is learned"),
      cards: needs(whole(5, 60), "cards|card_count|how_many", "Number of cards|How many cards"),
    },
    "Make {cards} cards about {subject}|I want to learn {subject} with {cards} cards|{cards} flash cards for {subject}, please",
    { tags: may(listOf(oneOf(tasks), { least: 1, most: 2 }), "tags|labels", "Labels of the cards", " labelled {}") },
  ),
  topic(
    "rent",
    "raise rent",
    "Rent after an increase|How high a rent becomes",
    {
      rent: needs(money(300, 3000), "rent|old_rent|monthly", "Rent of a month so far|The present rent"),
      raise: needs(percent(1, 15), "raise|increase|by", "The increase|How much more"),
    },
    "My rent of {rent} goes up by {raise}. What is it then?|Raise a rent of {rent} by {raise}|The rent is {rent} and rises {raise}",
    { from: may(date, "from|valid_from", "When it begins", " from {}") },
  ),
  topic(
    "event",
    "hall reservation",
    "Reserves a hall for an event|Books a hall",
    {
      hall: needs(
        oneOf(["the Oak Hall", "the Glass Pavilion", "Studio 5", "the Old Mill"]),
        "hall|venue_hall|space",
        "Which hall|Name of the hall",
      ),
      day: needs(date, "day|event_day|when", "Day of the event|When"),
      start: needs(timeOfDay, "start|begins|from_time", "When it begins|Time of day"),
      guests: needs(whole(20, 400), "guests|visitors|people", "Number of guests|How many come"),
    },
    "Reserve {hall} on {day} at {start} for {guests} guests|We are {guests} people and want {hall} on {day} from {start}|{hall} for {guests} visitors, {day}, {start}",
  ),
];
