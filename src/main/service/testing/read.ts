/** For tests: topics read as a client would read them. */
import type { Topic, TopicData } from "../../../shared/topics.ts";
import type { Service } from "../../server/service.ts";

/** What a new client sees of a topic now. @throws Error when there is no such topic */
export function now<T extends Topic>(service: Service, topic: T): TopicData<T> {
  const source = service.topic(topic);
  if (!source) throw new Error(`There is no topic ${topic}.`);
  return source.read(null)!.data as TopicData<T>;
}

/** Waits until `is` holds of the topic. @throws Error after `seconds` */
export async function until<T extends Topic>(
  service: Service,
  topic: T,
  is: (value: TopicData<T>) => boolean,
  seconds = 20,
): Promise<TopicData<T>> {
  const source = service.topic(topic);
  if (!source) throw new Error(`There is no topic ${topic}.`);
  const { promise, resolve, reject } = Promise.withResolvers<TopicData<T>>();
  const look = () => {
    const value = now(service, topic);
    if (is(value)) resolve(value);
  };
  const stop = source.listen(look);
  const timer = setTimeout(() => reject(new Error(`${topic} did not come to it.`)), seconds * 1000);
  look();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
