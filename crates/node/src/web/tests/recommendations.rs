use super::*;
use serde_json::Value;
use wellspring_ranking::{Category, Lots, Seed, Wishes};

const API: &str = "/api/v1/recommendations";
const PAGE: &str = "/association/recommendations";

fn names(answer: &Value) -> Vec<&str> {
    let picks = answer["picks"].as_array().unwrap();
    picks.iter().map(|pick| pick["server"]["server_name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn the_picks_of_a_seed_are_those_of_the_library_and_can_be_kept() {
    let (_dir, node, router) = example().await;
    let snapshot = node.snapshot();
    let view = &snapshot.communities[0].view;
    let lots = Lots::new(view, &Wishes::default());
    for seed in Seed::all().step_by(37) {
        let address = format!("{API}?seed={seed}");
        let answer = get(&router, &address).await;
        assert_eq!(answer.status, StatusCode::OK);
        let drawn = lots.draw(seed);
        let expected: Vec<_> =
            drawn.picks.iter().map(|it| it.server.server_name.as_str()).collect();
        let json = answer.json();
        assert_eq!(names(&json), expected, "{seed}");
        assert_eq!(json["picks"].as_array().unwrap().len(), 3);
        assert_eq!(
            (&json["seed"], &json["community"]),
            (&seed.number().into(), &"association".into())
        );
        let server = &json["picks"][0]["server"];
        let alone = get(&router, &format!("/api/v1/servers/{}", expected[0])).await.json();
        assert_eq!(*server, alone["server"], "as at its own address");
        let tag = answer.header(header::ETAG);
        let again = get_with(&router, &address, header::IF_NONE_MATCH, tag).await;
        assert_eq!(again.status, StatusCode::NOT_MODIFIED);
    }
}

#[tokio::test]
async fn the_shape_of_recommendations_is_stable() {
    let (_dir, _node, router) = example().await;
    let wishes = "languages=de&country=JP&topics=art&require=languages&count=9";
    let mut answer = get(&router, &format!("{API}?seed=3&{wishes}")).await.json();
    for pick in answer["picks"].as_array_mut().unwrap() {
        pick["server"] = pick["server"]["server_name"].take();
    }
    answer["now"] = Value::Null;
    insta::assert_snapshot!(serde_json::to_string_pretty(&answer).unwrap());
}

#[tokio::test]
async fn without_a_seed_chance_gives_one_and_nobody_keeps_the_answer() {
    let (_dir, _node, router) = example().await;
    let mut seeds = Vec::new();
    for _ in 0..8 {
        let answer = get(&router, API).await;
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
        assert_eq!(answer.header(header::ETAG), "");
        let json = answer.json();
        let seed = json["seed"].as_u64().unwrap();
        let again = get(&router, &format!("{API}?seed={seed}")).await;
        assert_eq!(again.json(), json);
        seeds.push(seed);
    }
    seeds.dedup();
    assert!(seeds.len() > 1, "always the same: {seeds:?}");
    let asked = get_with(&router, API, header::IF_NONE_MATCH, "*").await;
    assert_eq!(asked.status, StatusCode::OK);
}

#[tokio::test]
async fn parameters_that_make_no_sense_are_refused_with_the_rule() {
    let (_dir, _node, router) = example().await;
    let many = format!("topics={}", (0..21).map(|it| format!("t{it},")).collect::<String>());
    let mut answers = String::new();
    for query in [
        "seed=1024",
        "seed=-1",
        "seed=07",
        "count=0",
        "count=21",
        "count=three",
        "languages=german",
        "country=Austria",
        "country=at",
        "price=cheap",
        "registration=closed",
        "legal_form=club",
        "topics=Free+Software",
        &many,
        "require=colour",
        "require=country&languages=de",
        "community=elsewhere",
    ] {
        let answer = get(&router, &format!("{API}?{query}")).await;
        let error = &answer.json()["error"];
        answers.push_str(&format!(
            "{query}\n  {} {}: {}\n",
            answer.status.as_u16(),
            error["code"].as_str().unwrap(),
            error["message"].as_str().unwrap()
        ));
    }
    insta::assert_snapshot!(answers);
    let posted = ask(&router, Method::POST, API).await;
    assert_eq!(posted.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn required_wishes_hold_and_others_are_relaxed() {
    let (_dir, _node, router) = example().await;
    let none = get(&router, &format!("{API}?seed=1&languages=tlh&require=languages")).await.json();
    assert_eq!(names(&none), [""; 0]);
    assert_eq!(none["shortfall"]["code"], "draw.required");
    let relaxed = get(&router, &format!("{API}?seed=1&languages=tlh")).await.json();
    assert_eq!(relaxed["relaxed"], serde_json::json!(["languages"]));
    assert_eq!(names(&relaxed).len(), 3);
    assert_eq!(relaxed["passed"], 0);
    let kept = get(&router, &format!("{API}?seed=1&languages=de&require=languages")).await.json();
    assert!(!names(&kept).is_empty());
    for pick in kept["picks"].as_array().unwrap() {
        let spoken = pick["server"]["about"]["value"]["languages"].as_array().unwrap();
        assert!(spoken.iter().any(|it| it.as_str().unwrap().starts_with("de")), "{spoken:?}");
    }
}

#[tokio::test]
async fn the_page_leads_to_an_address_that_can_be_shared() {
    let (_dir, _node, router) = example().await;
    let form = "languages=de&country=&price=&registration=&legal_form=&topics=&count=3";
    let answer = get(&router, &format!("{PAGE}?{form}&require=languages&require=country")).await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.header(header::CACHE_CONTROL), "no-store");
    let location = answer.header(header::LOCATION);
    let (query, seed) = location.split_once("&seed=").unwrap();
    assert_eq!(query, format!("{PAGE}?languages=de&require=languages"));
    assert!(seed.parse::<Seed>().is_ok());
    let shared = get(&router, location).await;
    assert_eq!(shared.status, StatusCode::OK);
    assert_eq!(shared.body, get(&router, location).await.body);
    let again = format!("{PAGE}?languages=de&#38;require=languages#picks");
    assert!(shared.attributes("href").contains(&again.as_str()), "{}", shared.text());
    assert!(shared.text().contains("<option value=\"de\" selected>"));
    assert!(shared.text().contains("noindex"));
    // What makes no sense is as if it were not there.
    let odd = get(&router, &format!("{PAGE}?seed=9999&count=x&languages=%22%3E%3Cb%3E")).await;
    assert_eq!(odd.status, StatusCode::TEMPORARY_REDIRECT);
    assert!(odd.header(header::LOCATION).starts_with(&format!("{PAGE}?seed=")));
}

#[tokio::test]
async fn the_page_shows_the_picks_of_the_api_with_the_way_to_register() {
    let (_dir, _node, router) = example().await;
    for seed in [0, 5, 99] {
        let picks = get(&router, &format!("{API}?seed={seed}")).await.json();
        let page = get(&router, &format!("{PAGE}?seed={seed}")).await;
        let links = page.text().split("<h3><a href=\"/association/servers/").skip(1);
        let shown: Vec<_> = links.map(|link| link.split('"').next().unwrap()).collect();
        assert_eq!(shown, names(&picks));
        let ways = page.text().matches(">Register<").count()
            + page.text().matches("No sign-up page is known").count();
        assert_eq!(ways, 3);
        for pick in picks["picks"].as_array().unwrap() {
            assert!(page.text().contains(pick["why"]["message"].as_str().unwrap()));
        }
    }
    let relaxed = get(&router, &format!("{PAGE}?languages=tlh&seed=1")).await;
    assert!(relaxed.text().contains("No server fits all of that"));
    assert!(relaxed.text().contains("<strong>language</strong>"));
    let none = get(&router, &format!("{PAGE}?languages=tlh&require=languages&seed=1")).await;
    assert!(none.text().contains("No other server meets what you require."));
}

#[tokio::test]
async fn the_list_offers_the_draw_before_the_search() {
    let (_dir, _node, router) = example().await;
    let list = get(&router, "/association/").await;
    let forms = list.attributes("action");
    assert_eq!(forms, [&format!("{PAGE}#picks"), "/association/#servers"]);
}

#[tokio::test]
async fn only_what_can_be_offered_or_chosen_is_ever_drawn() {
    let (_dir, node, router) = example().await;
    for community in &node.snapshot().communities {
        for seed in Seed::all().step_by(101) {
            let id = community.community.id.as_str();
            let address = format!("{API}?community={id}&count=20&seed={seed}");
            let picks = get(&router, &address).await.json();
            for name in names(&picks) {
                let server = community.view.server(&name.parse().unwrap()).unwrap();
                assert!(matches!(server.category, Category::A | Category::B), "{name}");
            }
        }
    }
}
