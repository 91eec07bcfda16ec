import { may, needs, type Topic, topic } from "./topic.ts";
import { choice, code, date, decimal, flag, fullName, listOf, oneOf, timeOfDay, whole } from "./value-kinds.ts";
import {
  animals,
  cities,
  devices,
  diseases,
  elements,
  files,
  firstNames,
  folders,
  foods,
  genres,
  historic,
  ingredients,
  instruments,
  languages,
  lastNames,
  messages,
  plants,
  rooms,
  songs,
  sports,
  subjects,
  tasks,
  teams,
  titles,
  topicsOfNews,
  universities,
} from "./word-lists.ts";

const person = fullName(firstNames, lastNames);

/** Home, food, health, office, media, sport, school and science. */
export const homeAndPeople: readonly Topic[] = [
  topic(
    "home",
    "switch device",
    "Switches a device of the house|Turns something at home on or off",
    {
      device: needs(oneOf(devices), "device|appliance|thing", "The device|What is switched"),
      room: needs(oneOf(rooms), "room|location|in_room", "Room of the device|Where it is"),
      state: needs(choice({ on: [], off: [] }), "state|to_state|power", "On or off|Wanted state"),
    },
    "Turn {state} the {device} in the {room}|Switch the {device} of the {room} {state}|In the {room}, the {device} should be {state}",
    { minutes: may(whole(5, 120), "minutes|for_minutes", "Minutes until it is switched back", " for {} minutes") },
  ),
  topic(
    "home",
    "warm room",
    "Sets the temperature of a room|Heats or cools a room",
    {
      room: needs(oneOf(rooms), "room|which_room|zone", "The room|Which room"),
      degrees: needs(decimal(15, 28, 1), "degrees|temperature|target", "Wanted temperature|Degrees to reach"),
    },
    "Make it {degrees} degrees in the {room}|Set the {room} to {degrees} degrees|Heat the {room} to {degrees}, please",
    { until: may(timeOfDay, "until|end_time", "When to stop", " until {}") },
  ),
  topic(
    "food",
    "cooking instructions",
    "Recipe of a dish|How a dish is cooked",
    { dish: needs(oneOf(foods), "dish|meal|dish_name", "The dish|What is cooked") },
    "How do I cook {dish}?|Give me instructions for {dish}|I feel like making {dish}, how does it go?",
    {
      people: may(whole(1, 10), "people|servings", "Number of people", " for {} people| serving {}"),
      without: may(
        listOf(oneOf(ingredients), { least: 1, most: 2 }),
        "without|leave_out",
        "Ingredients to leave out",
        " without {}| leaving out {}",
      ),
    },
  ),
  topic(
    "food",
    "dishes from ingredients",
    "Dishes that can be made of ingredients|Ideas for what is in the fridge",
    {
      have: needs(
        listOf(oneOf(ingredients), { least: 2, most: 4 }),
        "have|in_stock|available",
        "Ingredients at hand|What is in the kitchen",
      ),
    },
    "I have {have}. What can I cook?|What dishes can be made of {have}?|Ideas for dinner with {have}",
    {
      minutes: may(
        whole(10, 90),
        "max_minutes|minutes",
        "Minutes it may take",
        " in {} minutes| taking at most {} minutes",
      ),
    },
  ),
  topic(
    "food",
    "food energy",
    "Energy and nutrients of a dish|How nourishing a food is",
    {
      food: needs(oneOf(foods), "food|food_name|eaten", "The food|What was eaten"),
      grams: needs(whole(20, 600), "grams|weight|portion", "Weight in grams|Size of the portion in grams"),
    },
    "How much energy is in {grams} grams of {food}?|I ate {grams} g of {food}. What are the nutrients?|Nutrients of {food}, {grams} grams",
  ),
  topic(
    "health",
    "body index",
    "Body mass index of a person|Index from weight and height",
    {
      weight: needs(decimal(45, 120, 1), "weight|kilos|mass_kg", "Weight in kilograms|Kilograms"),
      height: needs(whole(145, 205), "height|centimeters|tall", "Height in centimeters|Height (cm)"),
    },
    "My weight is {weight} kg and my height {height} cm. What is my index?|Body index for {height} cm and {weight} kg|Someone {height} cm tall weighs {weight} kg, work out the body mass index",
  ),
  topic(
    "health",
    "see doctor",
    "Makes an appointment with a doctor|Books a visit at the doctor's",
    {
      patient: needs(person, "patient|for_person|patient_name", "Name of the patient|Who is ill"),
      day: needs(date, "day|visit_day|on_day", "Day of the visit|When"),
    },
    "{patient} needs to see a doctor on {day}|Make a doctor's appointment for {patient} on {day}|On {day} the doctor should see {patient}",
    {
      cause: may(oneOf(diseases), "cause|complaint", "What the patient suffers from", " because of {}| for {}"),
      time: may(timeOfDay, "time|at", "Time of day", " at {}"),
    },
  ),
  topic(
    "health",
    "medicine reminder",
    "Reminds somebody to take medicine|Sets up times for medicine",
    {
      medicine: needs(
        oneOf(["ibuprofen", "vitamin D", "aspirin", "insulin", "antibiotics", "eye drops"]),
        "medicine|drug|pill",
        "Name of the medicine|What to take",
      ),
      times: needs(listOf(timeOfDay, { least: 1, most: 3 }), "times|at_times|hours", "Times of day|When to take it"),
    },
    "Remind me to take {medicine} at {times}|My {medicine} has to be taken at {times}|Set up {medicine} for {times}",
  ),
  topic(
    "office",
    "arrange meeting",
    "Arranges a meeting in the calendar|Puts a meeting into the calendar",
    {
      who: needs(
        listOf(oneOf(firstNames), { least: 1, most: 3 }),
        "who|attendees|with",
        "People who attend|Names of those invited",
      ),
      day: needs(date, "day|meeting_day|on", "Day of the meeting|When it is"),
      time: needs(timeOfDay, "time|start|start_time", "Time it starts|Beginning"),
    },
    "Arrange a meeting with {who} on {day} at {time}|I want to meet {who} on {day}, {time}|Put {time} on {day} into the calendar for {who}",
    {
      minutes: may(whole(15, 120), "minutes|length", "Length in minutes", " for {} minutes| lasting {} minutes"),
      about: may(
        oneOf(["the budget", "the launch", "hiring", "the new office"]),
        "about|subject",
        "What it is about",
        " about {}| to talk about {}",
      ),
    },
  ),
  topic(
    "office",
    "note task",
    "Puts a task on the list of things to do|Notes something to do",
    { task: needs(oneOf(tasks), "task|what|todo", "What is to be done|The task") },
    "Put '{task}' on my list|I must not forget to {task}|Note for me: {task}",
    {
      due: may(date, "due|until", "Day it is due", " by {}| until {}"),
      urgent: may(
        choice({ low: [], medium: [], high: ["urgent"] }),
        "priority|importance",
        "How important it is",
        ", {} priority| with {} priority",
      ),
    },
  ),
  topic(
    "office",
    "send note",
    "Sends a short message to a person|Messages somebody",
    {
      person: needs(person, "person|recipient|to", "Who gets it|Name of the recipient"),
      text: needs(oneOf(messages), "text|message|body", "What is sent|The message"),
    },
    "Tell {person}: {text}|Send {person} the message '{text}'|Let {person} know this: \"{text}\"",
    {
      via: may(
        choice({ sms: ["text message"], email: ["mail"], chat: ["the chat"] }),
        "via|channel",
        "How it is sent",
        " by {}| via {}",
      ),
    },
  ),
  topic(
    "office",
    "translate phrase",
    "Translates a text|Says a text in another language",
    {
      text: needs(oneOf(messages), "text|phrase|sentence", "The text|What is translated"),
      to: needs(oneOf(languages), "to|into|target_language", "Language wanted|Language to translate into"),
    },
    "How do you say '{text}' in {to}?|Translate \"{text}\" into {to}|I need this in {to}: {text}",
    { from: may(oneOf(languages), "from|source_language", "Language of the text", " from {}") },
  ),
  topic(
    "files",
    "move document",
    "Moves a file into a folder|Puts a file somewhere else",
    {
      file: needs(oneOf(files), "file|document|file_name", "The file|Which file"),
      folder: needs(oneOf(folders), "folder|into|target_folder", "Folder it goes to|Where to put it"),
    },
    "Move {file} into {folder}|Put the file {file} into the folder {folder}|{file} belongs into {folder}, please move it",
    {
      overwrite: may(
        flag(["overwriting what is there"], ["without overwriting anything"]),
        "overwrite|replace",
        "Whether an existing file is replaced",
        ", {}",
      ),
    },
  ),
  topic(
    "media",
    "play track",
    "Plays a piece of music|Starts a song",
    { song: needs(oneOf(songs), "song|track|title", "Title of the song|What to play") },
    "Play {song}|I would like to hear {song}|Put on the song {song}",
    {
      room: may(oneOf(rooms), "room|speaker", "Where to play it", " in the {}"),
      loud: may(whole(5, 100), "loudness|volume", "How loud, 0 to 100", " at volume {}| with volume {}"),
    },
  ),
  topic(
    "media",
    "recommend films",
    "Recommends films of a genre|Films somebody may like",
    { genre: needs(oneOf(genres), "genre|style|kind_of_film", "Genre|What kind of film") },
    "Recommend a good {genre}|What {genre} should I watch?|I am in the mood for {genre}, any ideas?",
    {
      since: may(whole(1970, 2024), "since|from_year", "Not older than this year", " from {} or later| made since {}"),
      count: may(whole(2, 10), "count|how_many", "Number of films", ", {} of them please"),
    },
  ),
  topic(
    "media",
    "borrow book",
    "Borrows a book of the library|Lends out a book",
    {
      title: needs(oneOf(titles), "title|book|book_title", "Title of the book|Which book"),
      member: needs(code, "member|card_number|reader", "Number of the reader's card|Member number"),
    },
    "Borrow {title} with card {member}|My card is {member} and I want to borrow {title}|Lend the book {title} to member {member}",
    { weeks: may(whole(1, 6), "weeks|loan_weeks", "Weeks of the loan", " for {} weeks") },
  ),
  topic(
    "media",
    "headlines about",
    "News about a subject|Headlines of the day",
    { about: needs(oneOf(topicsOfNews), "about|subject|theme", "Subject of the news|What it is about") },
    "What is new about {about}?|Headlines about {about}, please|Any news on {about}?",
    {
      language: may(oneOf(languages), "language|in_language", "Language of the news", " in {}"),
      count: may(whole(2, 20), "count|limit", "Number of headlines", ", only {}| ({} articles)"),
    },
  ),
  topic(
    "sport",
    "team fixtures",
    "Coming games of a team|When a team plays",
    { team: needs(oneOf(teams), "team|club|team_name", "The team|Which club") },
    "When do {team} play next?|Coming games of {team}|Fixtures of {team}, please",
    {
      games: may(whole(1, 10), "games|number_of_games", "How many games", ", the next {}| for the next {} games"),
      home: may(flag(["only at home", "home games only"], []), "home_only|at_home", "Home games only", ", {}"),
    },
  ),
  topic(
    "sport",
    "standings table",
    "Table of a sport's league|Ranking of the teams",
    {
      sport: needs(oneOf(sports), "sport|discipline|game", "The sport|Which sport"),
      season: needs(whole(2005, 2024), "season|year|season_year", "Year of the season|Which season"),
    },
    "Who led the {sport} table in {season}?|Show the {sport} standings of {season}|Ranking in {sport} for the {season} season",
  ),
  topic(
    "school",
    "enrol in course",
    "Enrols a student in a course|Signs somebody up for a class",
    {
      student: needs(person, "student|learner|student_name", "Name of the student|Who takes part"),
      course: needs(oneOf(subjects), "course|class|course_title", "The course|What is learned"),
    },
    "Sign {student} up for {course}|{student} wants to take the course in {course}|Enrol {student} in {course}",
    {
      level: may(
        choice({ beginner: ["for beginners"], intermediate: [], advanced: [] }),
        "level|difficulty",
        "Level of the course",
        " at {} level| , {}",
      ),
    },
  ),
  topic(
    "school",
    "ranking of university",
    "Place of a university in rankings|How good a university is",
    { school: needs(oneOf(universities), "school|university|institution", "The university|Which school") },
    "How good is {school}?|Where is {school} ranked?|Ranking of {school}, please",
    { field: may(oneOf(subjects), "field|subject", "Field of study", " for {}| in {}") },
  ),
  topic(
    "school",
    "lesson for instrument",
    "Lessons for an instrument|Finds a music teacher",
    {
      instrument: needs(oneOf(instruments), "instrument|to_learn|music_instrument", "The instrument|What to learn"),
      city: needs(oneOf(cities), "city|town|where", "City of the lessons|Where"),
    },
    "I want to learn the {instrument} in {city}|Find {instrument} lessons in {city}|Who teaches the {instrument} in {city}?",
    { price: may(whole(15, 90), "max_price|budget", "Most to pay for an hour", " for at most {} an hour") },
  ),
  topic(
    "science",
    "animal facts",
    "Facts about an animal|Tells about a species",
    { animal: needs(oneOf(animals), "animal|species|creature", "The animal|Which species") },
    "Tell me about the {animal}|What are interesting facts about the {animal}?|I want to know more on the {animal}",
    {
      aspect: may(
        choice({ habitat: ["where it lives"], diet: ["what it eats"], lifespan: ["how old it gets"] }),
        "aspect|interest",
        "What is of interest",
        ", especially its {}",
      ),
    },
  ),
  topic(
    "science",
    "element data",
    "Data of a chemical element|Looks an element up",
    { element: needs(oneOf(elements), "element|substance|element_name", "Name of the element|Which element") },
    "What are the data of {element}?|Look up the element {element}|Chemical data of {element}, please",
    {
      property: may(
        choice({ mass: ["atomic mass"], melting_point: ["melting point"], density: [] }),
        "property|wanted",
        "Which property",
        ", only the {}| ({})",
      ),
    },
  ),
  topic(
    "science",
    "push object",
    "Acceleration of an object by a force|How fast an object gets",
    {
      mass: needs(decimal(1, 90, 1), "mass|weight_kg|m", "Mass in kilograms|How heavy it is (kg)"),
      force: needs(decimal(5, 500, 1), "force|newtons|f", "Force in newtons|How strong the push is (N)"),
    },
    "An object of {mass} kg is pushed with {force} N. How does it accelerate?|Acceleration by a force of {force} newtons on {mass} kilograms|With {force} N on a mass of {mass} kg, what happens?",
    {
      friction: may(
        decimal(0, 1, 2),
        "friction|friction_coefficient",
        "Coefficient of friction",
        " and a friction of {}| with friction {}",
      ),
    },
  ),
  topic(
    "history",
    "event year",
    "When something in history happened|Year of a historical event",
    { event: needs(oneOf(historic), "event|happening|event_name", "The event|What happened") },
    "When was {event}?|In what year did {event} happen?|Date of {event}, please",
    {
      detail: may(
        flag(["with details", "in detail"], ["without details"]),
        "details|detailed",
        "Whether to tell more",
        ", {}",
      ),
    },
  ),
  topic(
    "garden",
    "plant care",
    "How to care for a plant|Advice for a plant",
    { plant: needs(oneOf(plants), "plant|plant_name|kind", "The plant|Which plant") },
    "How do I care for my {plant}?|My {plant} looks sad, what should I do?|Advice for a {plant}, please",
    {
      indoor: may(
        flag(["it stands inside", "indoors"], ["it grows outside"]),
        "indoors|inside",
        "Whether it is inside",
        "; {}| ({})",
      ),
    },
  ),
];
