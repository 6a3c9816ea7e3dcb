import { Page } from "../../ui/page.tsx";
import { Loading } from "../../ui/states.tsx";

export default function Gallery() {
  return (
    <Page title="Gallery">
      <Loading />
    </Page>
  );
}
