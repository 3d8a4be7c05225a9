//! Many-to-many through a generated junction, soft deletion, words in masked columns, ends of links that are hidden.

use crate::worlds::{ACCOUNT, Kind, Table, World};

pub(super) const WORLD: World = World {
    name: "campus",
    schema: r#"
type Student @model(table: "students")
  @access(roles: ["user"], ops: [READ], when: "open == true")
  @access(roles: ["user"], ops: [READ, UPDATE], when: "id == 1 || id == 3") {
  id: Int! @id(auto: NONE)
  name: String! @searchable
  open: Boolean! @writable(roles: ["admin"])
  grade: Int @readable(when: "id == 1")
  courses: [Course!] @manyToMany
}
type Course @model(table: "courses") @softDelete(field: "goneAt")
  @access(roles: ["user"], ops: [ALL], when: "listed == true") {
  id: Int! @id(auto: NONE)
  title: String! @searchable
  listed: Boolean! @default(value: true) @writable(roles: ["admin"])
  level: Int @writable(roles: ["admin"])
  notes: String @readable(when: "level == 1") @searchable
  seats: Int
  students: [Student!] @manyToMany
}
extend type Query {
  all_courses: [Course!] @readable(roles: ["user"]) @query(sql: {sqlite: "SELECT * FROM courses"})
  all_students: [Student!] @readable(roles: ["user"]) @query(sql: {sqlite: "SELECT * FROM students"})
}
"#,
    rows: &[
        (
            "/students",
            r#"[{"id":1,"name":"Me","open":false,"grade":5},{"id":2,"name":"One d","open":true,"grade":$N},
                {"id":3,"name":"Two","open":true,"grade":$M},{"id":4,"name":"$S","open":false,"grade":$N}]"#,
        ),
        (
            "/courses",
            r#"[{"id":1,"title":"One","listed":true,"level":1,"notes":"d mmm","seats":5},{"id":2,"title":"Two","listed":true,"level":2,"notes":"$S","seats":null},
                {"id":3,"title":"Three d","listed":true,"level":null,"notes":"$T","seats":1},{"id":4,"title":"$S","listed":false,"level":1,"notes":"$T","seats":$N},
                {"id":5,"title":"Five","listed":false,"level":1,"notes":"d","seats":$M}]"#,
        ),
        (
            "/courses_students",
            r#"[{"courseId":1,"studentId":1},{"courseId":1,"studentId":2},{"courseId":2,"studentId":1},{"courseId":3,"studentId":3},
                {"courseId":4,"studentId":1},{"courseId":1,"studentId":4}]"#,
        ),
    ],
    holes: &[("$S", "aaa", "zzz"), ("$T", "mmm", "d"), ("$N", "1", "77"), ("$M", "900", "-3")],
    only_second: &[
        ("/students", r#"[{"id":0,"name":"d","open":false,"grade":1}]"#),
        ("/courses", r#"[{"id":0,"title":"One","listed":false,"level":1,"notes":"aaa d","seats":1}]"#),
        (
            "/courses_students",
            r#"[{"courseId":0,"studentId":1},{"courseId":5,"studentId":2},{"courseId":2,"studentId":0},{"courseId":4,"studentId":4}]"#,
        ),
    ],
    uid: ACCOUNT,
    claims: "{}",
    tables: &[&COURSES, &COURSES, &COURSES, &STUDENTS, &STUDENTS, &LINKS, &LINKS],
    calls: &[("/rpc/all_courses", &COURSES), ("/rpc/all_students", &STUDENTS)],
};

const COURSES: Table = Table {
    name: "courses",
    columns: &[
        ("id", Kind::Key),
        ("title", Kind::Words),
        ("notes", Kind::Words),
        ("notes", Kind::Text),
        ("level", Kind::Number),
        ("seats", Kind::Number),
        ("listed", Kind::Truth),
    ],
    selects: &[
        "*",
        "id",
        "title",
        "notes",
        "students(*)",
        "students(name,grade)",
        "students!inner(id)",
        "...students(name)",
        "courses_students(*)",
        "students(courses(notes))",
        "n:notes",
        "goneAt",
    ],
    aggregates: &["count()", "notes.max()", "notes.count()", "seats.sum()", "level.avg()"],
    inserts: &[
        ("", r#"{"id":1000,"title":"New","seats":1}"#),
        ("on_conflict=id", r#"[{"id":1,"title":"Again"},{"id":1001,"title":"New"}]"#),
        ("", r#"{"id":1000,"title":"New","listed":false}"#),
        ("", r#"{"id":1000,"title":"New","notes":"d"}"#),
    ],
    patches: &[r#"{"title":"d"}"#, r#"{"notes":"d"}"#, r#"{"seats":3}"#, r#"{"level":1}"#, r#"{"seats":"x"}"#],
    puts: &[("id=eq.2", r#"{"id":2,"title":"Put"}"#), ("id=eq.1010", r#"{"id":1010,"title":"Put"}"#)],
    removable: true,
    odd: &["nothing", "name", "students(nothing)", "students.grade", "note", "students(count)"],
};

const STUDENTS: Table = Table {
    name: "students",
    columns: &[
        ("id", Kind::Key),
        ("name", Kind::Words),
        ("grade", Kind::Number),
        ("grade", Kind::Number),
        ("open", Kind::Truth),
    ],
    selects: &[
        "*",
        "id",
        "name",
        "grade",
        "courses(*)",
        "courses(title,notes)",
        "courses!inner(id)",
        "...courses(title)",
        "courses_students(courseId)",
        "courses(students(grade))",
        "courses(seats.sum(),count())",
    ],
    aggregates: &["count()", "grade.sum()", "grade.count()", "name.min()"],
    inserts: &[("", r#"{"id":1000,"name":"New","open":true}"#)],
    patches: &[r#"{"name":"d"}"#, r#"{"grade":1}"#, r#"{"open":true}"#],
    puts: &[("id=eq.1", r#"{"id":1,"name":"Put","open":true}"#)],
    removable: false,
    odd: &["nothing", "title", "courses.notes", "courses(nothing)", "grades"],
};

const LINKS: Table = Table {
    name: "courses_students",
    columns: &[("courseId", Kind::Key), ("studentId", Kind::Key)],
    selects: &["*", "courseId", "courses(*)", "students(*)", "courses!inner(title)", "students(grade,courses(notes))"],
    aggregates: &["count()", "courseId.max()", "studentId.sum()"],
    inserts: &[
        ("", r#"{"courseId":3,"studentId":1}"#),
        ("", r#"{"courseId":2,"studentId":3}"#),
        ("", r#"{"courseId":9999,"studentId":1}"#),
        ("", r#"{"courseId":1,"studentId":1}"#),
        ("", r#"{"courseId":3,"studentId":2}"#),
    ],
    patches: &[r#"{"courseId":2}"#],
    puts: &[("courseId=eq.1&studentId=eq.1", r#"{"courseId":1,"studentId":1}"#)],
    removable: true,
    odd: &["id", "nothing", "courses(nothing)"],
};
