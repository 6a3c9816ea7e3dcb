import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Home() {
  return (
    <Page title="Home">
      <Loading />
    </Page>
  );
}
