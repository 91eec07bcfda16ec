import { may, needs, type Topic, topic } from "./topic.ts";
import { choice, code, date, decimal, flag, fullName, listOf, oneOf, place, timeOfDay, whole } from "./value-kinds.ts";
import {
  cities,
  countries,
  cuisines,
  firstNames,
  lastNames,
  museums,
  plates,
  regions,
  vehicles,
  websites,
} from "./word-lists.ts";

const town = place(cities, regions);
const cabins = choice({
  economy: ["coach"],
  premium: ["premium economy"],
  business: ["business class"],
  first: ["first class"],
});
const temperature = choice({ celsius: ["degrees Celsius"], fahrenheit: ["degrees Fahrenheit"] });

/** Travel, weather, traffic, maps, hotels and restaurants. */
export const placesAndTravel: readonly Topic[] = [
  topic(
    "travel",
    "find train connection",
    "Train connections between two stations|Looks for trains from one city to another",
    {
      from: needs(town, "from|departure|origin_city", "Where the journey starts|City of departure"),
      to: needs(town, "to|arrival|destination_city", "Where it ends|City of arrival"),
      day: needs(date, "day|travel_day|date_of_travel", "Day of the journey|When to travel"),
    },
    "I need a train from {from} to {to} on {day}|Which trains go from {from} to {to} on {day}?|Trains to {to} leaving {from} on {day}, please",
    {
      after: may(timeOfDay, "after|not_before", "Earliest departure", " after {}| leaving not before {}"),
      seats: may(whole(1, 6), "seats|travellers", "Number of travellers", " for {} people| for {} travellers"),
    },
  ),
  topic(
    "travel",
    "reserve air ticket",
    "Reserves seats on a flight|Books an air ticket",
    {
      from: needs(town, "from|origin|leaving_from", "City to leave from|Airport city of departure"),
      to: needs(town, "to|destination|going_to", "City to fly to|Destination"),
      day: needs(date, "day|departure_day|fly_on", "Day of the flight|Date of departure"),
    },
    "Get me a flight from {from} to {to} on {day}|I want to fly to {to} from {from} on {day}|Reserve an air ticket, {from} to {to}, for {day}",
    {
      cabin: may(cabins, "cabin|travel_class", "Class of the seat", " in {}| , {} please"),
      bags: may(whole(1, 3), "bags|luggage", "Pieces of luggage", " with {} bags| and {} pieces of luggage"),
    },
  ),
  topic(
    "travel",
    "search lodging",
    "Hotels and rooms in a city|Looks for a place to stay",
    {
      city: needs(town, "city|town|where", "The city|Where to stay"),
      arrive: needs(date, "arrive|check_in|from_day", "Day of arrival|First night"),
      nights: needs(whole(1, 14), "nights|stay|night_count", "Number of nights|How long the stay is"),
    },
    "Find me a room in {city} from {arrive} for {nights} nights|I am in {city} on {arrive} and stay {nights} nights. Where can I sleep?|A hotel in {city}, arriving {arrive}, {nights} nights",
    {
      stars: may(
        whole(2, 5),
        "stars|min_stars",
        "Least number of stars",
        " with at least {} stars| rated {} stars or more",
      ),
      pets: may(flag(["with my dog", "pets allowed"], []), "pets|pets_allowed", "Whether pets may come", ", {}"),
    },
  ),
  topic(
    "travel",
    "visa rules",
    "Whether a traveller needs a visa|Entry rules of a country",
    {
      passport: needs(oneOf(countries), "passport|nationality|citizen_of", "Country of the passport|Citizenship"),
      visit: needs(oneOf(countries), "visit|country_to_visit|entering", "Country to enter|Where the traveller goes"),
    },
    "Do I need a visa for {visit} with a passport of {passport}?|Entry rules of {visit} for citizens of {passport}|I am a citizen of {passport} visiting {visit}, what about a visa?",
    { days: may(whole(5, 90), "days|length_of_stay", "Days of the stay", " for {} days| staying {} days") },
  ),
  topic(
    "weather",
    "weather outlook",
    "Weather of the coming days in a place|Tells the weather outlook",
    { place: needs(town, "place|locality|town", "City or region|Where the weather is wanted") },
    "What will the weather be like in {place}?|Weather outlook for {place}, please|Do I need an umbrella in {place}?",
    {
      days: may(whole(1, 10), "days|days_ahead", "Days to look ahead", " in the next {} days| for {} days"),
      unit: may(temperature, "unit|scale", "Unit of temperatures", " in {}| using {}"),
    },
  ),
  topic(
    "weather",
    "rain record",
    "Rain that fell in a place in a year|Yearly rainfall of a place",
    {
      place: needs(town, "place|station|site", "The place|Weather station's city"),
      year: needs(whole(1990, 2024), "year|in_year|record_year", "The year|Which year"),
    },
    "How much did it rain in {place} in {year}?|Rainfall of {place} for the year {year}|Look up the rain in {place} during {year}",
  ),
  topic(
    "weather",
    "air quality index",
    "Quality of the air in a place|Air pollution index",
    { place: needs(town, "place|area|where", "City or area|Place of the measurement") },
    "How clean is the air in {place}?|Air quality of {place}, please|Is the air bad in {place} now?",
    { day: may(date, "day|measured_on", "Day of the measurement", " on {}| for {}") },
  ),
  topic(
    "map",
    "plan route",
    "Route between two places|Plans the way from one place to another",
    {
      start: needs(town, "start|from_place|begin", "Where the way begins|Starting place"),
      end: needs(town, "end|to_place|goal", "Where it ends|Place to reach"),
    },
    "How do I get from {start} to {end}?|Show me the way to {end} from {start}|Plan a route, start {start}, end {end}",
    {
      mode: may(
        choice({ car: ["driving"], bicycle: ["bike"], walking: ["on foot"], transit: ["public transport"] }),
        "mode|by",
        "Means of transport",
        " by {}| using {}",
      ),
      tolls: may(
        flag(["without tolls", "avoiding toll roads"], []),
        "avoid_tolls|no_tolls",
        "Whether to stay away from toll roads",
        " {}",
      ),
    },
  ),
  topic(
    "map",
    "nearby amenities",
    "Amenities near a place|Finds what is close by",
    {
      kind: needs(
        choice({
          pharmacy: ["a chemist"],
          atm: ["a cash machine"],
          supermarket: ["a grocery store"],
          charging_station: ["a charger for my car"],
          bakery: ["fresh bread"],
        }),
        "kind|amenity|category",
        "What is looked for|Kind of place",
      ),
      near: needs(town, "near|around|close_to", "Place to look around|Centre of the search"),
    },
    "Is there {kind} near {near}?|Find {kind} around {near}|I am in {near} and look for {kind}",
    {
      radius: may(
        decimal(0.5, 20, 1),
        "radius_km|within_km",
        "Radius in kilometres",
        " within {} km| not further than {} kilometers",
      ),
    },
  ),
  topic(
    "transport",
    "traffic delay",
    "Delay by traffic on a road|How much traffic there is",
    { road: needs(town, "area|town|traffic_area", "City or area|Where the traffic is") },
    "How bad is the traffic in {road}?|Are there traffic delays in {road} now?|Delay by traffic around {road}, please",
    { time: may(timeOfDay, "at_time|when", "Time of day", " at {}| around {}") },
  ),
  topic(
    "transport",
    "hire vehicle",
    "Hires a vehicle for some days|Car rental",
    {
      kind: needs(oneOf(vehicles), "kind|vehicle|vehicle_type", "Kind of vehicle|What to hire"),
      city: needs(town, "city|pick_up_city|station", "Where it is picked up|City of the station"),
      days: needs(whole(1, 21), "days|hire_days|duration", "Number of days|For how long"),
    },
    "I want to hire a {kind} in {city} for {days} days|Rent a {kind} for {days} days, picking it up in {city}|For {days} days I need a {kind} in {city}",
    {
      insured: may(
        flag(["with full insurance", "fully insured"], ["without insurance"]),
        "insured|insurance",
        "Whether insurance is included",
        ", {}| {}",
      ),
    },
  ),
  topic(
    "transport",
    "parking permit",
    "Applies for a parking permit|Registers a car for parking",
    {
      plate: needs(oneOf(plates), "plate|licence_plate|registration", "Licence plate|Number plate of the car"),
      months: needs(whole(1, 12), "months|valid_months|period", "Months it is valid|For how many months"),
    },
    "I need a parking permit for {plate} for {months} months|Register the car {plate} for parking, {months} months|Parking permit: plate {plate}, {months} months",
  ),
  topic(
    "eating",
    "book dinner table",
    "Books a table in a restaurant|Reserves seats for a meal",
    {
      restaurant: needs(
        oneOf(["Casa Verde", "The Blue Door", "Lotus Garden", "Trattoria Nonna", "Harbor Grill", "Spice Route"]),
        "restaurant|venue|restaurant_name",
        "Name of the restaurant|Where to eat",
      ),
      guests: needs(whole(1, 12), "guests|party|seats", "Number of guests|How many people come"),
      time: needs(timeOfDay, "time|at|hour", "Time of day|When the table is wanted"),
    },
    "Book a table for {guests} at {restaurant} at {time}|We are {guests} and want to eat at {restaurant} at {time}|Reserve {guests} seats at {restaurant} for {time}",
    {
      day: may(date, "day|on", "Day of the meal", " on {}| for {}"),
      name: may(
        fullName(firstNames, lastNames),
        "name|booked_by",
        "Name for the booking",
        " under the name {}| for {}",
      ),
    },
  ),
  topic(
    "eating",
    "suggest restaurants",
    "Restaurants of a cuisine in a city|Suggests where to eat",
    {
      city: needs(town, "city|in_city|town", "The city|Where"),
      cuisine: needs(oneOf(cuisines), "cuisine|kitchen|food_style", "Style of cooking|Kind of food"),
    },
    "Where can I eat {cuisine} food in {city}?|Suggest {cuisine} restaurants in {city}|I am hungry for {cuisine} cooking in {city}",
    {
      budget: may(
        choice({ cheap: ["on a budget"], moderate: ["mid-priced"], expensive: ["fancy"] }),
        "budget|price_level",
        "How expensive it may be",
        ", {}| that are {}",
      ),
    },
  ),
  topic(
    "culture",
    "museum opening",
    "Opening times of a museum|When a museum is open",
    { museum: needs(oneOf(museums), "museum|house|museum_name", "Name of the museum|Which museum") },
    "When does {museum} open?|Opening times of {museum}, please|Is {museum} open?",
    { day: may(date, "day|visit_day", "Day of the visit", " on {}") },
  ),
  topic(
    "tech",
    "check website",
    "Whether a website can be reached|Tests if a site is up",
    { site: needs(oneOf(websites), "site|domain|host", "Domain of the site|Which site") },
    "Is {site} down?|Check whether {site} can be reached|Can you test if {site} answers?",
    {
      timeout: may(
        whole(1, 60),
        "timeout_seconds|wait",
        "Seconds to wait",
        " within {} seconds| waiting at most {} seconds",
      ),
    },
  ),
  topic(
    "transport",
    "follow parcel",
    "Where a parcel is|Follows a shipment",
    { number: needs(code, "number|parcel_number|shipment", "Number of the parcel|Shipment number") },
    "Where is my parcel {number}?|Follow the shipment {number}|Has parcel {number} arrived yet?",
    {
      carriers: may(
        listOf(oneOf(["DHL", "UPS", "FedEx", "GLS"]), { least: 1, most: 2 }),
        "carriers|companies",
        "Carriers to ask",
        ", sent with {}",
      ),
    },
  ),
];
